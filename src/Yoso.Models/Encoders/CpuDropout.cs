// SPDX-License-Identifier: MIT
using Yoso.Cpu;
using static TorchSharp.torch;

namespace Yoso.Models.Encoders;

/// <summary>A dropout mask of the fused kernels: one bit an element, [T, words] int32; null drops nothing.</summary>
internal static unsafe class CpuDropout
{
    /// <summary>The mask of rows 0 .. T-1, a function of the seed only; null where nothing is dropped.</summary>
    public static Tensor? Draw(double probability, Seed seed, long tokens, int width)
    {
        if (probability == 0)
        {
            return null;
        }

        var bits = empty([tokens, DropoutBits.Words(width)], dtype: ScalarType.Int32);
        DropoutBits.Fill(seed.Value, probability, (int)tokens, width, CpuTensors.Bits(bits), CpuThreads.Count);
        return bits;
    }

    public static Dropout Of(Tensor? bits, double probability) => bits is null ? default : new Dropout(CpuTensors.Bits(bits), DropoutBits.Scale(probability));
}
