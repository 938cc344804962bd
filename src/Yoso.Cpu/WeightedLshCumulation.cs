// SPDX-License-Identifier: MIT
using Yoso.Cpu.Attention;

namespace Yoso.Cpu;

/// <summary>The [T, H, D] tensors of the backward pass.</summary>
/// <param name="Query">Queries as they were hashed.</param>
/// <param name="Key">Keys as they were hashed.</param>
/// <param name="Value">Values.</param>
/// <param name="OutputGradient">Gradient of the forward output, before any normalisation of it.</param>
public readonly record struct WeightedInputs(HeadTensor Query, HeadTensor Key, HeadTensor Value, HeadTensor OutputGradient);

/// <summary>The [T, H, D] tensors that the backward pass overwrites; none may overlap an input.</summary>
public readonly record struct WeightedOutputs(HeadTensor QueryGradient, HeadTensor KeyGradient, HeadTensor ValueGradient);

/// <summary>Query and key gradients of <see cref="LshCumulation"/>; the value gradient comes with them at little cost.</summary>
public static class WeightedLshCumulation
{
    /// <summary>
    /// queryGradient[i] = sum over pairs (i, j) of w * (outputGradient[i] . value[j]) * key[j];
    /// keyGradient[j] = sum over pairs (i, j) of w * (outputGradient[i] . value[j]) * query[i];
    /// valueGradient[j] as <see cref="LshCumulationGradient"/>. <paramref name="mode"/> says which pairs and which w.
    /// </summary>
    /// <param name="mode">The surrogate derivative.</param>
    /// <param name="query">Codes of the queries, from the forward pass.</param>
    /// <param name="key">Codes of the keys, from the forward pass.</param>
    /// <param name="inputs">What is read.</param>
    /// <param name="outputs">What is overwritten.</param>
    /// <param name="sampleSeed">Decides which pairs <see cref="GradientMode.Sampled"/> keeps; unused by the other mode.</param>
    /// <param name="threads">Workers, from 1; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">Shapes, options or strides do not fit; the message has them.</exception>
    public static void Backward(GradientMode mode, HashCodes query, HashCodes key, WeightedInputs inputs, WeightedOutputs outputs, uint sampleSeed, int threads) =>
        Backward(mode, query, key, inputs, outputs, sampleSeed, threads, CpuKernels.Path);

    internal static void Backward(
        GradientMode mode, HashCodes query, HashCodes key, WeightedInputs inputs, WeightedOutputs outputs, uint sampleSeed, int threads, SimdPath path)
    {
        var kernels = LshKernels.For(path, query.Shape.HeadDim);
        Run(mode, query, key, inputs, outputs, sampleSeed, threads, (work, _, scratch) => kernels.WeightedGradient(in work, scratch));
    }

    /// <summary>Checks the arguments and hands every work item that has tokens to <paramref name="compute"/>, with its number.</summary>
    internal static unsafe void Run(
        GradientMode mode, HashCodes query, HashCodes key, WeightedInputs inputs, WeightedOutputs outputs, uint sampleSeed, int threads, Action<WeightedItem, int, Scratch> compute)
    {
        var (shape, options) = (query.Shape, query.Options);
        Check(shape, options, key, inputs, outputs);
        fixed (ushort* queryAt = query.Buffer)
        fixed (ushort* keyAt = key.Buffer)
        {
            var (queryBase, keyBase) = ((nint)queryAt, (nint)keyAt);
            WorkItems.Run(shape.Order, threads, (item, scratch) =>
            {
                var length = shape.Length(item);
                if (length == 0)
                {
                    return;
                }

                var work = new WeightedItem
                {
                    Options = options,
                    Mode = mode,
                    SampleSeed = sampleSeed + ((uint)item * 0x9e3779b9u),
                    HeadDim = shape.HeadDim,
                    Length = length,
                    QueryCodes = new CodeRows((ushort*)queryBase + query.Start(item), HashCodes.Stride(length)),
                    KeyCodes = new CodeRows((ushort*)keyBase + key.Start(item), HashCodes.Stride(length)),
                    Query = inputs.Query.Item(shape, item),
                    Key = inputs.Key.Item(shape, item),
                    Value = inputs.Value.Item(shape, item),
                    OutputGradient = inputs.OutputGradient.Item(shape, item),
                    QueryGradient = outputs.QueryGradient.Item(shape, item),
                    KeyGradient = outputs.KeyGradient.Item(shape, item),
                    ValueGradient = outputs.ValueGradient.Item(shape, item),
                };
                compute(work, item, scratch);
            });
        }
    }

    private static void Check(PackedShape shape, LshOptions options, HashCodes key, WeightedInputs inputs, WeightedOutputs outputs)
    {
        key.Check(shape, options, "Key");
        inputs.Query.Check(shape, "Query");
        inputs.Key.Check(shape, "Key");
        inputs.Value.Check(shape, "Value");
        inputs.OutputGradient.Check(shape, "Output gradient");
        outputs.QueryGradient.Check(shape, "Query gradient");
        outputs.KeyGradient.Check(shape, "Key gradient");
        outputs.ValueGradient.Check(shape, "Value gradient");
    }
}
