// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using Yoso.Cpu;
using static TorchSharp.torch;

namespace Yoso.Models;

/// <summary>Torch tensors as the kernels of Yoso.Cpu take them: by address, without a copy. Torch's memory does not move; the caller keeps the tensor alive.</summary>
internal static unsafe class CpuTensors
{
    /// <summary>Whether the kernels take this tensor; another device or precision uses plain TorchSharp operations.</summary>
    public static bool Fit(Tensor tensor) => tensor.device_type == DeviceType.CPU && tensor.dtype == ScalarType.Float32;

    /// <summary>The same for the attention kernels, on [T, H, D] with at least one token.</summary>
    public static bool FitHeads(Tensor tensor) => Fit(tensor) && tensor.shape[0] > 0 && tensor.shape[2] <= PackedShape.MaxHeadDim;

    /// <summary>Whether layers of these widths are narrow enough for the fused kernels; wider ones are better off with library matrix products.</summary>
    public static bool Fit(params ReadOnlySpan<int> widths)
    {
        foreach (var width in widths)
        {
            if (width > Linear.MaxWidth)
            {
                return false;
            }
        }

        return true;
    }

    public static float* Data(Tensor tensor) => (float*)Address<float>(tensor, ScalarType.Float32);

    public static long* Integers(Tensor tensor) => (long*)Address<long>(tensor, ScalarType.Int64);

    public static uint* Bits(Tensor tensor) => (uint*)Address<int>(tensor, ScalarType.Int32);

    public static long* Longs(Tensor tensor) => (long*)Address<long>(tensor, ScalarType.Int64);

    /// <summary>[T, ..] as T rows.</summary>
    public static TokenTensor Tokens(Tensor tensor) => new(Data(tensor), RowLength(tensor));

    /// <summary>[T, H, D].</summary>
    public static HeadTensor Heads(Tensor tensor) => new(Data(tensor), RowLength(tensor));

    /// <summary>Weight [out, in] and bias [out].</summary>
    public static Linear Layer(Tensor weight, Tensor bias) => new(Data(weight), Data(bias), (int)weight.shape[1], (int)weight.shape[0]);

    public static LinearGradient LayerGradient(Tensor weight, Tensor bias) => new(Data(weight), Data(bias));

    public static LayerNorm Norm(Tensor scale, Tensor shift) => new(Data(scale), Data(shift), (float)Encoders.LayerNormalization.Epsilon);

    private static long RowLength(Tensor tensor)
    {
        var shape = tensor.shape;
        var length = 1L;
        for (var i = 1; i < shape.Length; i++)
        {
            length *= shape[i];
        }

        return length;
    }

    private static void* Address<T>(Tensor tensor, ScalarType type)
        where T : unmanaged
    {
        if (tensor.device_type != DeviceType.CPU || tensor.dtype != type || !tensor.is_contiguous())
        {
            throw new ArgumentException($"the CPU kernels take contiguous {type} tensors on the CPU, got {tensor.dtype} [{string.Join(", ", tensor.shape)}] on {tensor.device}");
        }

        return Unsafe.AsPointer(ref MemoryMarshal.GetReference(MemoryMarshal.Cast<byte, T>(tensor.bytes)));
    }
}
