// SPDX-License-Identifier: MIT
using System.Text;
using Yoso.Cuda.Compilation;

namespace Yoso.Cuda.Tests;

/// <summary>Device kernels on a fake driver, whose images are the names of their units.</summary>
internal static class FakeKernels
{
    /// <summary>Any address that is aligned as the kernels want it.</summary>
    public static DevicePointer At(int number) => new(0x10000 * number);

    public static DeviceKernels On(FakeCudaDriver driver) => new(driver, 0, (unit, capability) =>
        (new CompiledUnit(unit.Source, unit.Width, $"sm_{capability}", "", $"{unit}.cubin", "", []), Encoding.UTF8.GetBytes(unit.ToString())));

    public static DeviceBatch Batch(FakeCudaDriver driver, int[] offsets, int heads, int headDim, LshParameters parameters, long limit = LshPlan.DefaultWorkspaceLimit) =>
        new(new LshPlan(On(driver), new PackedItems(offsets, heads, headDim), parameters, limit), At(1), new CudaStream(77));
}
