// SPDX-License-Identifier: MIT
namespace Yoso.Cuda;

/// <summary>The value gradient of <see cref="LshCumulation"/>: the same sum with the roles of query and key swapped.</summary>
public static class LshCumulationGradient
{
    /// <summary>valueGradient[j] = 1/m * sum over hashes, over queries i that meet key j, of outputGradient[i].</summary>
    /// <param name="batch">Shapes and stream.</param>
    /// <param name="codes">From the forward pass.</param>
    /// <param name="outputGradient">Rows to sum.</param>
    /// <param name="valueGradient">Overwritten; must not overlap <paramref name="outputGradient"/>.</param>
    /// <param name="workspace"><see cref="LshPlan.BackwardWorkspaceBytes"/> bytes, aligned to 256.</param>
    /// <inheritdoc cref="LshCumulation.Forward"/>
    public static void Backward(DeviceBatch batch, DeviceCodes codes, DeviceRows outputGradient, DeviceRows valueGradient, DevicePointer workspace)
    {
        if (batch.Plan.Groups.Count == 0)
        {
            return;
        }

        batch.Check(codes, workspace);
        outputGradient.Check(batch.Items, "output gradient");
        valueGradient.Check(batch.Items, "value gradient");
        foreach (var group in batch.Plan.Groups)
        {
            var arrays = new GroupWorkspace(workspace, group, batch.HashCount, backward: true);
            BucketSort.Run(batch, group, codes, arrays, keyEntries: true, crowded: true);
            Sum(batch, group, arrays, outputGradient, valueGradient);
        }
    }

    /// <summary>After the sort, with key entries.</summary>
    internal static void Sum(DeviceBatch batch, ItemGroup group, in GroupWorkspace arrays, DeviceRows outputGradient, DeviceRows valueGradient) =>
        LshCumulation.Sum(
            batch, group, arrays, ("LshCumulationGradient", "yoso_lsh_cumulation_gradient"), (arrays.KeyEntries, arrays.QueryOrder), outputGradient, valueGradient);
}
