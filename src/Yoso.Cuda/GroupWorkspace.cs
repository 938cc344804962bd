// SPDX-License-Identifier: MIT
namespace Yoso.Cuda;

/// <summary>The arrays that the kernels of one group pass to each other, one behind the other in the caller's workspace; each begins at a multiple of 256 bytes.</summary>
internal readonly struct GroupWorkspace
{
    public GroupWorkspace(DevicePointer start, ItemGroup group, int hashCount, bool backward)
    {
        var codes = hashCount * group.Tokens;
        var end = 0L;
        QueryOrder = Take(2 * codes);
        KeyOrder = Take(2 * codes);
        QueryEntries = Take(4 * codes);
        KeyEntries = backward ? Take(4 * codes) : default;
        Crowded = Take(8 * ((codes / 6) + ((long)hashCount * group.Count) + 1));
        CrowdedCounts = Take(4L * hashCount * group.Count);
        Bytes = end;

        DevicePointer Take(long bytes)
        {
            var at = start.Plus(end);
            end += (bytes + 255) & ~255L;
            return at;
        }
    }

    /// <summary>Token numbers of a hash in the order of their codes: 16 bits each.</summary>
    public DevicePointer QueryOrder { get; }

    public DevicePointer KeyOrder { get; }

    /// <summary>For each hash and query the key bucket that it meets: 32 bits each.</summary>
    public DevicePointer QueryEntries { get; }

    /// <summary>For each hash and key the query bucket that it meets; null in the forward pass.</summary>
    public DevicePointer KeyEntries { get; }

    /// <summary>Buckets that are too full for one thread's list.</summary>
    public DevicePointer Crowded { get; }

    public DevicePointer CrowdedCounts { get; }

    /// <summary>Of all arrays.</summary>
    public long Bytes { get; }
}
