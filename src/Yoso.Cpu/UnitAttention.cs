// SPDX-License-Identifier: MIT
using Yoso.Cpu.Attention;
using Yoso.Cpu.Hashing;

namespace Yoso.Cpu;

/// <summary>What the forward pass of <see cref="UnitAttention"/> writes and the backward pass reads.</summary>
/// <param name="Query">[T, H, D] queries of length one.</param>
/// <param name="Key">[T, H, D] keys of length one.</param>
/// <param name="Output">[T, H, D] the result, of length one.</param>
/// <param name="InverseNorms">[3, T, H] one over the lengths of query, key and output before; 0 for a zero row.</param>
public readonly record struct UnitTensors(HeadTensor Query, HeadTensor Key, HeadTensor Output, InverseNorms InverseNorms);

/// <summary>[3, T, H] floats in memory that the caller keeps alive: of queries, of keys, of outputs.</summary>
public readonly unsafe struct InverseNorms(float* data)
{
    public float* Data { get; } = data;

    /// <summary>Of the first token of a work item; the next one's is H further.</summary>
    internal float* Item(PackedShape shape, int item, int tensor) =>
        Data + ((((long)tensor * shape.Tokens) + shape.FirstToken(item)) * shape.Heads) + (item % shape.Heads);
}

/// <summary>
/// Attention as a model uses it: queries and keys to length one, hash codes, <see cref="LshCumulation"/>, outputs to length one.
/// The bits are those of <see cref="HeadNormalisation"/>, <see cref="HadamardHash"/> and the attention kernels one after another, but
/// one head goes through all of them while it is in the cache, and threads are started once.
/// </summary>
public static unsafe class UnitAttention
{
    private const int OfQuery = 0, OfKey = 1, OfOutput = 2;

    /// <param name="query">[T, H, D], of any length.</param>
    /// <param name="key">[T, H, D], of any length.</param>
    /// <param name="value">[T, H, D].</param>
    /// <param name="signs">Random bits as <see cref="HadamardHash"/> takes them.</param>
    /// <param name="queryCodes">Receives the codes; its shape and options say what is computed.</param>
    /// <param name="keyCodes">Receives the codes; same shape and options.</param>
    /// <param name="unit">Overwritten; must not overlap the inputs.</param>
    /// <param name="threads">Workers, from 1; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">Shapes, options, signs or strides do not fit; the message has them.</exception>
    public static void Forward(
        HeadTensor query, HeadTensor key, HeadTensor value, ReadOnlySpan<uint> signs, HashCodes queryCodes, HashCodes keyCodes, UnitTensors unit, int threads)
    {
        var (shape, options) = (queryCodes.Shape, queryCodes.Options);
        keyCodes.Check(shape, options, "Key");
        query.Check(shape, "Query");
        key.Check(shape, "Key");
        value.Check(shape, "Value");
        Check(shape, unit);
        var words = HadamardHash.CheckSigns(signs, shape, options);
        var plan = new HashPlan(shape.HeadDim, options);
        var kernels = LshKernels.For(CpuKernels.Path, shape.HeadDim);
        fixed (uint* signsAt = signs)
        fixed (ushort* queryAt = queryCodes.Buffer, keyAt = keyCodes.Buffer)
        {
            var (signBase, queryBase, keyBase) = ((nint)signsAt, (nint)queryAt, (nint)keyAt);
            WorkItems.Run(shape.Order, threads, (item, scratch) =>
            {
                var (length, headDim) = (shape.Length(item), shape.HeadDim);
                if (length == 0)
                {
                    return;
                }

                var queryRows = new CodeRows((ushort*)queryBase + queryCodes.Start(item), HashCodes.Stride(length));
                var keyRows = new CodeRows((ushort*)keyBase + keyCodes.Start(item), HashCodes.Stride(length));
                var itemSigns = (uint*)signBase + ((long)item * words);
                HadamardHash.HashItem(plan, query.Item(shape, item), Target(shape, unit, unit.Query, OfQuery, item), headDim, length, itemSigns, queryRows, scratch, CpuKernels.Path);
                HadamardHash.HashItem(plan, key.Item(shape, item), Target(shape, unit, unit.Key, OfKey, item), headDim, length, itemSigns, keyRows, scratch, CpuKernels.Path);
                kernels.Cumulate(options, headDim, length, queryRows, keyRows, value.Item(shape, item), Target(shape, unit, unit.Output, OfOutput, item), scratch);
            });
        }
    }

    /// <summary>Gradients of query, key and value as they were given to the forward pass.</summary>
    /// <param name="mode">The surrogate derivative.</param>
    /// <param name="queryCodes">From the forward pass.</param>
    /// <param name="keyCodes">From the forward pass.</param>
    /// <param name="value">As in the forward pass.</param>
    /// <param name="unit">From the forward pass.</param>
    /// <param name="outputGradient">[T, H, D] of the unit output.</param>
    /// <param name="gradients">Overwritten; must overlap nothing that is read.</param>
    /// <param name="sampleSeed">As for <see cref="WeightedLshCumulation"/>.</param>
    /// <param name="threads">Workers, from 1; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">Shapes, options or strides do not fit; the message has them.</exception>
    public static void Backward(
        GradientMode mode, HashCodes queryCodes, HashCodes keyCodes, HeadTensor value, UnitTensors unit, HeadTensor outputGradient, WeightedOutputs gradients, uint sampleSeed, int threads)
    {
        var shape = queryCodes.Shape;
        Check(shape, unit);
        var kernels = LshKernels.For(CpuKernels.Path, shape.HeadDim);
        var inputs = new WeightedInputs(unit.Query, unit.Key, value, outputGradient);
        WeightedLshCumulation.Run(mode, queryCodes, keyCodes, inputs, gradients, sampleSeed, threads, (work, item, scratch) =>
        {
            var unitWork = work with
            {
                UnitQuery = Target(shape, unit, unit.Query, OfQuery, item),
                UnitKey = Target(shape, unit, unit.Key, OfKey, item),
                Output = Target(shape, unit, unit.Output, OfOutput, item),
            };
            kernels.WeightedGradient(in unitWork, scratch);
        });
    }

    private static UnitTarget Target(PackedShape shape, UnitTensors unit, HeadTensor rows, int tensor, int item) =>
        new(rows.Item(shape, item), unit.InverseNorms.Item(shape, item, tensor), shape.Heads);

    private static void Check(PackedShape shape, UnitTensors unit)
    {
        unit.Query.Check(shape, "Unit query");
        unit.Key.Check(shape, "Unit key");
        unit.Output.Check(shape, "Output");
    }
}
