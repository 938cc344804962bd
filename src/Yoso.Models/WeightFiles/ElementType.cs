// SPDX-License-Identifier: MIT
using static TorchSharp.torch;

namespace Yoso.Models.WeightFiles;

/// <summary>Types of numbers in files of weights.</summary>
public enum ElementType
{
    Float64,
    Float32,
    Float16,
    BFloat16,
    Int64,
    Int32,
    Int16,
    Int8,
    UInt8,
    Bool,
}

internal static class ElementTypes
{
    private static readonly Dictionary<string, ElementType> SafeTensorsNames = new(StringComparer.Ordinal)
    {
        ["F64"] = ElementType.Float64, ["F32"] = ElementType.Float32, ["F16"] = ElementType.Float16, ["BF16"] = ElementType.BFloat16, ["I64"] = ElementType.Int64,
        ["I32"] = ElementType.Int32, ["I16"] = ElementType.Int16, ["I8"] = ElementType.Int8, ["U8"] = ElementType.UInt8, ["BOOL"] = ElementType.Bool,
    };

    private static readonly Dictionary<string, ElementType> StorageNames = new(StringComparer.Ordinal)
    {
        ["DoubleStorage"] = ElementType.Float64, ["FloatStorage"] = ElementType.Float32, ["HalfStorage"] = ElementType.Float16,
        ["BFloat16Storage"] = ElementType.BFloat16, ["LongStorage"] = ElementType.Int64, ["IntStorage"] = ElementType.Int32,
        ["ShortStorage"] = ElementType.Int16, ["CharStorage"] = ElementType.Int8, ["ByteStorage"] = ElementType.UInt8, ["BoolStorage"] = ElementType.Bool,
    };

    /// <summary>"F32", "BF16" and so on of safetensors.</summary>
    public static ElementType? OfSafeTensors(string name) => SafeTensorsNames.TryGetValue(name, out var type) ? type : null;

    /// <summary>"FloatStorage" and so on of PyTorch.</summary>
    public static ElementType? OfStorage(string name) => StorageNames.TryGetValue(name, out var type) ? type : null;

    public static int Bytes(this ElementType type) => type switch
    {
        ElementType.Float64 or ElementType.Int64 => 8,
        ElementType.Float32 or ElementType.Int32 => 4,
        ElementType.Float16 or ElementType.BFloat16 or ElementType.Int16 => 2,
        _ => 1,
    };

    public static bool IsFloat(this ElementType type) => type <= ElementType.BFloat16;

    public static ScalarType Torch(this ElementType type) => type switch
    {
        ElementType.Float64 => ScalarType.Float64,
        ElementType.Float32 => ScalarType.Float32,
        ElementType.Float16 => ScalarType.Float16,
        ElementType.BFloat16 => ScalarType.BFloat16,
        ElementType.Int64 => ScalarType.Int64,
        ElementType.Int32 => ScalarType.Int32,
        ElementType.Int16 => ScalarType.Int16,
        ElementType.Int8 => ScalarType.Int8,
        ElementType.UInt8 => ScalarType.Byte,
        _ => ScalarType.Bool,
    };
}
