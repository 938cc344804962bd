// SPDX-License-Identifier: MIT
namespace Yoso.Cuda;

/// <summary>What one launch of each kernel covers: items <paramref name="First"/> .. First + Count - 1.</summary>
/// <param name="First">First item.</param>
/// <param name="Count">Items.</param>
/// <param name="Tokens">Sum of their lengths.</param>
/// <param name="MaxLength">Tokens of the longest.</param>
internal readonly record struct ItemGroup(int First, int Count, long Tokens, int MaxLength);

/// <summary>The sizes of one attention call: what the caller allocates, and in how many groups of items it runs.</summary>
/// <remarks>Memory is linear in the tokens: the workspace is that of one group, and a group ends where it would pass the limit, one item at least.</remarks>
public sealed class LshPlan
{
    /// <summary>A group of 64 heads of 4,096 tokens and 16 hashes; far more than a GPU needs to be busy.</summary>
    public const long DefaultWorkspaceLimit = 128L << 20;

    private const int HashThreads = 128;

    /// <param name="kernels">Of the device that it will run on.</param>
    /// <param name="items">The batch.</param>
    /// <param name="parameters">The sampling.</param>
    /// <param name="workspaceLimit">Bytes that a group's workspace should not pass.</param>
    /// <exception cref="ArgumentException">The kernels cannot do this; the message has the sizes.</exception>
    public LshPlan(DeviceKernels kernels, PackedItems items, LshParameters parameters, long workspaceLimit = DefaultWorkspaceLimit)
    {
        parameters.Check();
        (Kernels, Items, Parameters) = (kernels, items, parameters);
        Rotations = parameters.Rotations(items.Width);
        if (HashSharedBytes > kernels.Device.MaxSharedBytes)
        {
            throw new ArgumentException(
                $"{parameters} of {items}: hashing needs {HashSharedBytes} bytes of shared memory a block, {kernels.Device.Name} has {kernels.Device.MaxSharedBytes}; use fewer hashes or shorter codes");
        }

        Groups = Divide(workspaceLimit);
    }

    public DeviceKernels Kernels { get; }

    public PackedItems Items { get; }

    public LshParameters Parameters { get; }

    /// <summary>32-bit words of random signs for one item.</summary>
    public int SignWords => Rotations * LshParameters.Rounds * Items.Width / 32;

    /// <summary>16-bit codes of one side, queries or keys.</summary>
    public long CodeCount => (long)Parameters.HashCount * Items.Tokens * Items.Heads;

    /// <summary>Bytes that <see cref="LshCumulation.Forward"/> needs to work in.</summary>
    public long ForwardWorkspaceBytes => Groups.Select(g => new GroupWorkspace(default, g, Parameters.HashCount, backward: false).Bytes).DefaultIfEmpty().Max();

    /// <summary>Bytes that <see cref="LshCumulationGradient.Backward"/> and <see cref="WeightedLshCumulation.Backward"/> need to work in.</summary>
    public long BackwardWorkspaceBytes => Groups.Select(g => new GroupWorkspace(default, g, Parameters.HashCount, backward: true).Bytes).DefaultIfEmpty().Max();

    internal IReadOnlyList<ItemGroup> Groups { get; }

    internal ItemGroup Whole => new(0, Items.Items, (long)Items.Tokens * Items.Heads, Enumerable.Range(0, Items.Sequences).Select(s => Items.Length(s * Items.Heads)).DefaultIfEmpty().Max());

    internal int Rotations { get; }

    internal long HashSharedBytes
    {
        get
        {
            var part = Math.Min(Items.Width, 64);
            return 4L * ((part * 129) + (LshParameters.Rounds * Items.Width) + ((long)Rotations * (part / 32) * HashThreads));
        }
    }

    public override string ToString() => $"{Items} with {Parameters.HashCount} hashes of {Parameters.CodeLength} bits";

    private List<ItemGroup> Divide(long limit)
    {
        var groups = new List<ItemGroup>();
        var group = new ItemGroup(0, 0, 0, 0);
        for (var item = 0; item < Items.Items; item++)
        {
            var length = Items.Length(item);
            var longer = new ItemGroup(group.First, group.Count + 1, group.Tokens + length, Math.Max(group.MaxLength, length));
            if (group.Tokens > 0 && length > 0 && new GroupWorkspace(default, longer, Parameters.HashCount, backward: true).Bytes > limit)
            {
                groups.Add(group);
                longer = new ItemGroup(item, 1, length, length);
            }

            group = longer;
        }

        if (group.Tokens > 0)
        {
            groups.Add(group);
        }

        return groups;
    }
}
