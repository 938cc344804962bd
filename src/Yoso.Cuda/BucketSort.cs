// SPDX-License-Identifier: MIT
namespace Yoso.Cuda;

/// <summary>Sorts the tokens of each item by their codes, once a hash, and finds for each token the bucket of the other side that it meets.</summary>
internal static class BucketSort
{
    private const int Threads = 256, MostRangeBits = 15;

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
        batch.Launch("BucketSort", "yoso_bucket_sort", group, batch.HashCount, Threads, counters + (orderInShared ? orders : 0), new BucketSortArgs(
            batch.Parameter(group, batch.HashCount), codes.Query, codes.Key, workspace.QueryOrder, workspace.KeyOrder,
            workspace.QueryEntries, keyEntries ? workspace.KeyEntries : default, crowded ? workspace.Crowded : default, crowded ? workspace.CrowdedCounts : default,
            rangeBits, orderInShared ? 1 : 0));
    }
}
