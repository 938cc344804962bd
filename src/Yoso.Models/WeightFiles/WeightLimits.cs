// SPDX-License-Identifier: MIT
namespace Yoso.Models.WeightFiles;

/// <summary>What no honest file of weights exceeds: a hostile one is refused before it costs memory.</summary>
internal static class WeightLimits
{
    /// <summary>Bytes of a safetensors header, as in its reference implementation.</summary>
    public const int HeaderBytes = 100_000_000;

    /// <summary>Bytes of a pickle without its storages: 1,000 tensors take some 200 kB.</summary>
    public const int PickleBytes = 16 << 20;

    /// <summary>Values that a pickle may put on its stack.</summary>
    public const int PickleValues = 4_000_000;

    public const int Dimensions = 16;

    public const int NameCharacters = 512;

    /// <summary>Tensors may share values (tied weights), but not many times over.</summary>
    public const int SharedFactor = 4;

    /// <summary>Elements of a shape.</summary>
    /// <exception cref="OverflowException">More than a 64-bit number.</exception>
    public static long Count(IEnumerable<long> shape) => shape.Aggregate(1L, (a, b) => checked(a * b));

    /// <summary>Why a tensor of this name and shape is refused; null if it is not.</summary>
    public static string? Problem(string name, IReadOnlyList<long> shape)
    {
        if (name.Length is 0 or > NameCharacters || name.Any(char.IsControl)) return "has a tensor with an empty, overlong or unprintable name";
        if (shape.Count > Dimensions) return $"'{name}' has {shape.Count} dimensions";
        if (shape.Any(n => n < 0)) return $"'{name}' has a negative size";
        try
        {
            // Also the bytes must be a 64-bit number.
            checked
            {
                _ = Count(shape.Select(n => Math.Max(1, n))) * sizeof(double);
            }
        }
        catch (OverflowException)
        {
            return $"'{name}' has an impossible shape [{string.Join(", ", shape)}]";
        }
        return null;
    }
}
