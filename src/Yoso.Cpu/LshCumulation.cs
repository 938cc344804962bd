// SPDX-License-Identifier: MIT
using Yoso.Cpu.Attention;

namespace Yoso.Cpu;

/// <summary>
/// Sampled attention (Zeng et al., ICML 2021): a query receives the mean over the hashes of the summed values of the keys in
/// its bucket. O(n m d) time whatever the input; the output is not normalised.
/// </summary>
public static class LshCumulation
{
    /// <summary>output[t] = 1/m * sum over hashes, over keys j of the same sequence and head with the code of query t, of value[j].</summary>
    /// <param name="query">Codes of the queries.</param>
    /// <param name="key">Codes of the keys; same shape, options and signs.</param>
    /// <param name="value">[T, H, D].</param>
    /// <param name="output">[T, H, D], overwritten; must not overlap <paramref name="value"/>. A query that meets no key gets a zero row.</param>
    /// <param name="threads">Workers, from 1; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">Shapes, options or strides do not fit; the message has them.</exception>
    public static void Forward(HashCodes query, HashCodes key, HeadTensor value, HeadTensor output, int threads) =>
        Forward(query, key, value, output, threads, CpuKernels.Path);

    internal static unsafe void Forward(HashCodes query, HashCodes key, HeadTensor value, HeadTensor output, int threads, SimdPath path)
    {
        var (shape, options) = (query.Shape, query.Options);
        key.Check(shape, options, "Key");
        value.Check(shape, "Value");
        output.Check(shape, "Output");
        var kernels = LshKernels.For(path, shape.HeadDim);
        fixed (ushort* queryAt = query.Buffer)
        fixed (ushort* keyAt = key.Buffer)
        {
            var (queryBase, keyBase) = ((nint)queryAt, (nint)keyAt);
            WorkItems.Run(shape.Order, threads, (item, scratch) =>
            {
                var length = shape.Length(item);
                if (length > 0)
                {
                    var stride = HashCodes.Stride(length);
                    kernels.Cumulate(
                        options,
                        shape.HeadDim,
                        length,
                        new CodeRows((ushort*)queryBase + query.Start(item), stride),
                        new CodeRows((ushort*)keyBase + key.Start(item), stride),
                        value.Item(shape, item),
                        new UnitTarget(output.Item(shape, item)),
                        scratch);
                }
            });
        }
    }
}

/// <summary>The value gradient of <see cref="LshCumulation"/>: the same sum with the roles of query and key swapped.</summary>
public static class LshCumulationGradient
{
    /// <summary>valueGradient[j] = 1/m * sum over hashes, over queries i that meet key j, of outputGradient[i].</summary>
    /// <inheritdoc cref="LshCumulation.Forward(HashCodes, HashCodes, HeadTensor, HeadTensor, int)"/>
    public static void Backward(HashCodes query, HashCodes key, HeadTensor outputGradient, HeadTensor valueGradient, int threads) =>
        LshCumulation.Forward(key, query, outputGradient, valueGradient, threads);
}
