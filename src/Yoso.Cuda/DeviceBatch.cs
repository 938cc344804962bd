// SPDX-License-Identifier: MIT
using Yoso.Cuda.Driver;

namespace Yoso.Cuda;

/// <summary>Rows of floats on the device: element (t, h, c) at Data[t * Stride + h * W + c], W the width of <see cref="PackedItems"/>.</summary>
/// <param name="Data">Aligned to 16 bytes.</param>
/// <param name="Stride">Floats from one token to the next: at least H * W, a multiple of 4.</param>
public readonly record struct DeviceRows(DevicePointer Data, long Stride)
{
    internal void Check(PackedItems items, string name)
    {
        var least = (long)items.Heads * items.Width;
        if (Data.IsNull || Data.Address % 16 != 0)
        {
            throw new ArgumentException($"{name} of {items} must lie at a device address that is a multiple of 16; got {Data}");
        }

        if (Stride < least || Stride % 4 != 0)
        {
            throw new ArgumentException($"{name} of {items} needs a stride of {least} floats or more, a multiple of 4; got {Stride}");
        }
    }
}

/// <summary>Hash codes of both sides, 16 bits each, <see cref="LshPlan.CodeCount"/> a side; kept from the forward to the backward pass.</summary>
public readonly record struct DeviceCodes(DevicePointer Query, DevicePointer Key);

/// <summary>A plan with what of it lies on the device, and the stream that everything runs on.</summary>
/// <param name="Plan">Sizes and groups.</param>
/// <param name="Offsets">The plan's sequence offsets as 32-bit integers.</param>
/// <param name="Stream">Work is queued here; nothing waits for it.</param>
public sealed record DeviceBatch(LshPlan Plan, DevicePointer Offsets, CudaStream Stream)
{
    internal PackedItems Items => Plan.Items;

    internal int HashCount => Plan.Parameters.HashCount;

    internal YosoItems Parameter(ItemGroup group, int blocksPerItem) =>
        new(Offsets, Items.Heads, group.First, group.Count, blocksPerItem, HashCount, Plan.Parameters.CodeLength);

    internal void Launch<T>(string source, string kernel, ItemGroup group, int blocksPerItem, int threads, int sharedBytes, in T parameter, int sides = 1)
        where T : unmanaged =>
        Plan.Kernels.Launch(
            new KernelName(new Compilation.KernelUnit(source, Items.Width), kernel),
            new LaunchGeometry((long)group.Count * blocksPerItem * sides, threads, sharedBytes),
            Stream,
            parameter,
            Plan);

    internal void Check(DeviceCodes codes, DevicePointer workspace)
    {
        if (Offsets.IsNull || codes.Query.IsNull || codes.Key.IsNull || workspace.IsNull || workspace.Address % 256 != 0)
        {
            throw new ArgumentException($"{Plan} needs offsets, query codes, key codes and a workspace that is aligned to 256 bytes; got {Offsets}, {codes.Query}, {codes.Key}, {workspace}");
        }
    }

    internal static int CeilingDivide(int a, int b) => (a + b - 1) / b;
}
