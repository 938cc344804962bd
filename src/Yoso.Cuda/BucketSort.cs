// SPDX-License-Identifier: MIT
namespace Yoso.Cuda;

/// <summary>Sorts the tokens of each item by their codes, once a hash, and finds for each token the bucket of the other side that it meets.</summary>
internal static class BucketSort
{
    private const int MostRangeBits = 15;

    // Up to this much, several blocks share a multiprocessor; a block that has it for itself needs all the threads that it can get.
    private const int SharedOfSmallBlock = 65_536, SmallThreads = 256, LargeThreads = 1024;

    /// <param name="batch">Shapes and stream.</param>
    /// <param name="group">Items.</param>
    /// <param name="codes">Of the whole batch.</param>
    /// <param name="workspace">Of the group.</param>
    /// <param name="keyEntries">Whether keys need the query bucket that they meet, as gradients do.</param>
    /// <param name="crowded">Whether full buckets are set apart for the crowded kernels; without, every token has a plain entry.</param>
    public static void Run(DeviceBatch batch, ItemGroup group, DeviceCodes codes, in GroupWorkspace workspace, bool keyEntries, bool crowded)
    {
        var rangeBits = Math.Min(batch.Plan.Parameters.CodeLength, MostRangeBits);
        var counters = (4 << rangeBits) + 128;
        var orders = 2 * 2 * ((group.MaxLength + 1) & ~1);
        var orderInShared = counters + orders <= batch.Plan.Kernels.Device.MaxSharedBytes;
        var shared = counters + (orderInShared ? orders : 0);
        var threads = shared <= SharedOfSmallBlock ? SmallThreads : LargeThreads;
        batch.Launch("BucketSort", "yoso_bucket_sort", group, batch.HashCount, threads, shared, new BucketSortArgs(
            batch.Parameter(group, batch.HashCount), codes.Query, codes.Key, workspace.QueryOrder, workspace.KeyOrder,
            workspace.QueryEntries, keyEntries ? workspace.KeyEntries : default, crowded ? workspace.Crowded : default, crowded ? workspace.CrowdedCounts : default,
            rangeBits, orderInShared ? 1 : 0));
    }
}
