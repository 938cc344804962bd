// SPDX-License-Identifier: MIT
namespace Yoso.Cuda;

/// <summary>What the backward pass reads; query and key as they were hashed, the gradient before any normalisation of the output.</summary>
public readonly record struct WeightedInputs(DeviceRows Query, DeviceRows Key, DeviceRows Value, DeviceRows OutputGradient);

/// <summary>What the backward pass overwrites; none may overlap an input.</summary>
public readonly record struct WeightedOutputs(DeviceRows QueryGradient, DeviceRows KeyGradient, DeviceRows ValueGradient);

/// <summary>Query, key and value gradients of <see cref="LshCumulation"/>.</summary>
public static class WeightedLshCumulation
{
    private const string Source = "WeightedLshCumulation", SampledSource = "WeightedLshCumulationSampled";
    private const int CrowdedColumns = 32;
    private const int SampledThreads = 128, SampledTokensPerBlock = 4;

    /// <summary>
    /// queryGradient[i] = sum over pairs (i, j) of w * (outputGradient[i] . value[j]) * key[j], keyGradient[j] likewise with query[i], and
    /// valueGradient as <see cref="LshCumulationGradient"/>. <paramref name="mode"/> says which pairs and which w.
    /// </summary>
    /// <param name="mode">The surrogate derivative.</param>
    /// <param name="batch">Shapes and stream.</param>
    /// <param name="codes">From the forward pass.</param>
    /// <param name="inputs">What is read.</param>
    /// <param name="outputs">What is overwritten.</param>
    /// <param name="sampleSeed">Decides which pairs <see cref="GradientMode.Sampled"/> keeps; unused by the other mode.</param>
    /// <param name="workspace"><see cref="LshPlan.BackwardWorkspaceBytes"/> bytes, aligned to 256.</param>
    /// <inheritdoc cref="LshCumulation.Forward"/>
    public static void Backward(GradientMode mode, DeviceBatch batch, DeviceCodes codes, WeightedInputs inputs, WeightedOutputs outputs, uint sampleSeed, DevicePointer workspace)
    {
        if (batch.Plan.Groups.Count == 0)
        {
            return;
        }

        batch.Check(codes, workspace);
        Check(batch.Items, inputs, outputs);
        foreach (var group in batch.Plan.Groups)
        {
            var arrays = new GroupWorkspace(workspace, group, batch.HashCount, backward: true);
            BucketSort.Run(batch, group, codes, arrays, keyEntries: true, crowded: true);
            if (mode == GradientMode.LowerBound)
            {
                LowerBound(batch, group, arrays, inputs, outputs);
            }
            else
            {
                LshCumulationGradient.Sum(batch, group, arrays, inputs.OutputGradient, outputs.ValueGradient);
                BucketSort.Run(batch, group, codes, arrays, keyEntries: true, crowded: false);
                Sampled(batch, group, arrays, inputs, outputs, sampleSeed);
            }
        }
    }

    private static void LowerBound(DeviceBatch batch, ItemGroup group, in GroupWorkspace arrays, WeightedInputs inputs, WeightedOutputs outputs)
    {
        var (query, key) = Sides(batch, inputs, outputs, withSums: true, sampleSeed: 0);
        var blocks = DeviceBatch.CeilingDivide(group.MaxLength, LshCumulation.TokensPerBlock);
        var items = batch.Parameter(group, blocks);
        batch.Launch(Source, "yoso_weighted_query", group, blocks, LshCumulation.Threads, 0, new WeightedArgs(items, arrays.QueryEntries, arrays.KeyOrder, query, default, 0));
        batch.Launch(Source, "yoso_weighted_key", group, blocks, LshCumulation.Threads, 0, new WeightedArgs(items, arrays.KeyEntries, arrays.QueryOrder, key, default, 0));
        var crowdedBlocks = batch.Items.Width / CrowdedColumns;
        foreach (var (name, rows) in ((string, WeightedRows)[])[("yoso_weighted_query_crowded", query), ("yoso_weighted_key_crowded", key)])
        {
            batch.Launch(Source, name, group, crowdedBlocks, LshCumulation.Threads, 0, new CrowdedWeightedArgs(
                batch.Parameter(group, crowdedBlocks), arrays.Crowded, arrays.CrowdedCounts, arrays.QueryOrder, arrays.KeyOrder, rows));
        }
    }

    private static void Sampled(DeviceBatch batch, ItemGroup group, in GroupWorkspace arrays, WeightedInputs inputs, WeightedOutputs outputs, uint sampleSeed)
    {
        var (query, key) = Sides(batch, inputs, outputs, withSums: false, sampleSeed);
        var blocks = DeviceBatch.CeilingDivide(group.MaxLength, SampledTokensPerBlock);
        var items = batch.Parameter(group, blocks);
        batch.Launch(SampledSource, "yoso_weighted_query_sampled", group, blocks, SampledThreads, 0, new WeightedArgs(
            items, arrays.QueryEntries, arrays.KeyOrder, query, inputs.Query.Data, inputs.Query.Stride));
        batch.Launch(SampledSource, "yoso_weighted_key_sampled", group, blocks, SampledThreads, 0, new WeightedArgs(
            items, arrays.KeyEntries, arrays.QueryOrder, key, inputs.Key.Data, inputs.Key.Stride));
    }

    /// <summary>
    /// One formula serves both gradients: output[probe] = sum over candidates of scale * (left[probe] . right[candidate]) * vectors[candidate].
    /// The key side's right rows are the output gradient, whose sum is the value gradient.
    /// </summary>
    private static (WeightedRows Query, WeightedRows Key) Sides(DeviceBatch batch, WeightedInputs x, WeightedOutputs y, bool withSums, uint sampleSeed)
    {
        var scale = batch.Plan.Parameters.CodeLength / (2f * batch.HashCount);
        var sums = withSums ? y.ValueGradient : default;
        var query = new WeightedRows(
            x.OutputGradient.Data, x.Value.Data, x.Key.Data, y.QueryGradient.Data, default,
            x.OutputGradient.Stride, x.Value.Stride, x.Key.Stride, y.QueryGradient.Stride, 0, scale, 1f / batch.HashCount, sampleSeed);
        var key = new WeightedRows(
            x.Value.Data, x.OutputGradient.Data, x.Query.Data, y.KeyGradient.Data, sums.Data,
            x.Value.Stride, x.OutputGradient.Stride, x.Query.Stride, y.KeyGradient.Stride, sums.Stride, scale, 1f / batch.HashCount, sampleSeed);
        return (query, key);
    }

    private static void Check(PackedItems items, WeightedInputs inputs, WeightedOutputs outputs)
    {
        inputs.Query.Check(items, "query");
        inputs.Key.Check(items, "key");
        inputs.Value.Check(items, "value");
        inputs.OutputGradient.Check(items, "output gradient");
        outputs.QueryGradient.Check(items, "query gradient");
        outputs.KeyGradient.Check(items, "key gradient");
        outputs.ValueGradient.Check(items, "value gradient");
    }
}
