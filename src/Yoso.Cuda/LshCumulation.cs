// SPDX-License-Identifier: MIT
namespace Yoso.Cuda;

/// <summary>Sampled attention: a query receives the mean over the hashes of the summed values of the keys in its bucket. O(n m d) time.</summary>
public static class LshCumulation
{
    internal const int Threads = 256, TokensPerBlock = 32, CrowdedColumns = 16;

    /// <summary>output[t] = 1/m * sum over hashes, over keys j of the same sequence and head with the code of query t, of value[j].</summary>
    /// <param name="batch">Shapes and stream.</param>
    /// <param name="codes">From <see cref="HadamardHash"/>.</param>
    /// <param name="value">Rows to sum.</param>
    /// <param name="output">Overwritten; must not overlap <paramref name="value"/>.</param>
    /// <param name="workspace"><see cref="LshPlan.ForwardWorkspaceBytes"/> bytes, aligned to 256.</param>
    /// <exception cref="ArgumentException">Strides or addresses do not fit; the message has them.</exception>
    /// <exception cref="Driver.CudaException">The driver refuses a launch.</exception>
    public static void Forward(DeviceBatch batch, DeviceCodes codes, DeviceRows value, DeviceRows output, DevicePointer workspace)
    {
        if (batch.Plan.Groups.Count == 0)
        {
            return;
        }

        batch.Check(codes, workspace);
        value.Check(batch.Items, "value");
        output.Check(batch.Items, "output");
        foreach (var group in batch.Plan.Groups)
        {
            var arrays = new GroupWorkspace(workspace, group, batch.HashCount, backward: false);
            BucketSort.Run(batch, group, codes, arrays, keyEntries: false, crowded: true);
            Sum(batch, group, arrays, ("LshCumulation", "yoso_lsh_cumulation"), (arrays.QueryEntries, arrays.KeyOrder), value, output);
        }
    }

    /// <summary>The plain and the crowded kernel of a sum of rows, after the sort.</summary>
    internal static void Sum(
        DeviceBatch batch, ItemGroup group, in GroupWorkspace arrays, (string Source, string Name) kernel, (DevicePointer Entries, DevicePointer Order) lists, DeviceRows rows, DeviceRows output)
    {
        var scale = 1f / batch.HashCount;
        var blocks = DeviceBatch.CeilingDivide(group.MaxLength, TokensPerBlock);
        batch.Launch(kernel.Source, kernel.Name, group, blocks, Threads, 0, new LshCumulationArgs(
            batch.Parameter(group, blocks), lists.Entries, lists.Order, rows.Data, output.Data, rows.Stride, output.Stride, scale));
        var crowdedBlocks = batch.Items.Width / CrowdedColumns;
        batch.Launch(kernel.Source, kernel.Name + "_crowded", group, crowdedBlocks, Threads, 0, new CrowdedCumulationArgs(
            batch.Parameter(group, crowdedBlocks), arrays.Crowded, arrays.CrowdedCounts, arrays.QueryOrder, arrays.KeyOrder, rows.Data, output.Data, rows.Stride, output.Stride, scale));
    }
}
