// SPDX-License-Identifier: MIT
using System.Runtime.InteropServices;

namespace Yoso.Cuda;

// The kernels' parameters, byte for byte as Kernels/CONTRACT.md lays them out. Names and order are those of the CUDA structures.

[StructLayout(LayoutKind.Sequential)]
internal readonly record struct YosoItems(DevicePointer Offsets, int Heads, int FirstItem, int ItemCount, int BlocksPerItem, int HashCount, int CodeLength);

[StructLayout(LayoutKind.Sequential)]
internal readonly record struct HadamardHashArgs(
    YosoItems Items, DevicePointer Query, DevicePointer Key, DevicePointer Signs, DevicePointer QueryCodes, DevicePointer KeyCodes,
    long QueryStride, long KeyStride, int Rotations, int Sampler, int Sides, int Reserved = 0);

[StructLayout(LayoutKind.Sequential)]
internal readonly record struct BucketSortArgs(
    YosoItems Items, DevicePointer QueryCodes, DevicePointer KeyCodes, DevicePointer QueryOrder, DevicePointer KeyOrder,
    DevicePointer QueryEntries, DevicePointer KeyEntries, DevicePointer Crowded, DevicePointer CrowdedCounts,
    int RangeBits, int OrderInShared, long Reserved = 0);

[StructLayout(LayoutKind.Sequential)]
internal readonly record struct LshCumulationArgs(
    YosoItems Items, DevicePointer Entries, DevicePointer Order, DevicePointer Rows, DevicePointer Output, long RowStride, long OutputStride,
    float Scale, int Reserved0 = 0, int Reserved1 = 0, int Reserved2 = 0);

[StructLayout(LayoutKind.Sequential)]
internal readonly record struct CrowdedCumulationArgs(
    YosoItems Items, DevicePointer Crowded, DevicePointer CrowdedCounts, DevicePointer QueryOrder, DevicePointer KeyOrder, DevicePointer Rows, DevicePointer Output,
    long RowStride, long OutputStride, float Scale, int Reserved0 = 0, int Reserved1 = 0, int Reserved2 = 0);

/// <summary>The rows of one side of the query and key gradients, as <see cref="WeightedArgs"/> and <see cref="CrowdedWeightedArgs"/> have them.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct WeightedRows(
    DevicePointer Left, DevicePointer Right, DevicePointer Vectors, DevicePointer Output, DevicePointer Sums,
    long LeftStride, long RightStride, long VectorStride, long OutputStride, long SumStride, float Scale, float SumScale, uint SampleSeed = 0, int Reserved = 0);

[StructLayout(LayoutKind.Sequential)]
internal readonly record struct WeightedArgs(YosoItems Items, DevicePointer Entries, DevicePointer Order, WeightedRows Rows, DevicePointer Own, long OwnStride);

[StructLayout(LayoutKind.Sequential)]
internal readonly record struct CrowdedWeightedArgs(
    YosoItems Items, DevicePointer Crowded, DevicePointer CrowdedCounts, DevicePointer QueryOrder, DevicePointer KeyOrder, WeightedRows Rows);
