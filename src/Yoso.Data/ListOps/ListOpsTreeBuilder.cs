// SPDX-License-Identifier: MIT
namespace Yoso.Data.ListOps;

/// <summary>Draws one numbered tree after another into the same buffer. One builder per thread.</summary>
internal sealed class ListOpsTreeBuilder(ListOpsOptions options)
{
    private readonly uint operatorBelow = (uint)Math.Round(options.OperatorProbability * 4294967296.0);
    private readonly byte[] tokens = new byte[options.MaxLength + 1];
    private readonly byte[] arguments = new byte[options.MaxDepth * options.MaxArguments];
    private SplitMix64 random;
    private int length;

    internal ReadOnlySpan<byte> Tokens => tokens.AsSpan(0, length);

    /// <summary>The value of the tree, which is its label.</summary>
    internal byte Value { get; private set; }

    /// <summary>Draws the candidate with this number; false if its length is not allowed.</summary>
    internal bool TryDraw(ulong candidate)
    {
        random = SplitMix64.Stream(options.Seed, candidate);
        length = 0;
        var value = Node(1);
        if (value < 0 || length <= options.MinLength) return false;
        Value = (byte)value;
        return true;
    }

    /// <summary>Value of the node, or -1 once the tree is known to be too long: the rest need not be drawn, as each candidate has its own stream.</summary>
    private int Node(int depth)
    {
        // One 64-bit draw a node: the upper half decides digit or operator, the lower half which one.
        var draw = random.Next();
        var low = (uint)draw;
        if (depth >= options.MaxDepth || (uint)(draw >> 32) >= operatorBelow)
        {
            var digit = (byte)(((ulong)low * 10) >> 32);
            return Append((byte)(ListOpsTokens.Zero + digit)) ? digit : -1;
        }
        var operation = (ushort)(ListOpsTokens.Min + (low & 3));
        var count = 2 + (int)(((ulong)(low >> 2) * (ulong)(options.MaxArguments - 1)) >> 30);
        if (!Append((byte)operation)) return -1;
        var values = arguments.AsSpan((depth - 1) * options.MaxArguments, count);
        for (var i = 0; i < count; i++)
        {
            var value = Node(depth + 1);
            if (value < 0) return -1;
            values[i] = (byte)value;
        }
        return Append((byte)ListOpsTokens.Close) ? Apply(operation, values) : -1;
    }

    private bool Append(byte token)
    {
        if (length + 1 >= options.MaxLength) return false;
        tokens[length++] = token;
        return true;
    }

    private static int Apply(ushort operation, Span<byte> values)
    {
        switch (operation)
        {
            case ListOpsTokens.Min: return Smallest(values);
            case ListOpsTokens.Max: return Largest(values);
            case ListOpsTokens.Median: return Median(values);
            default:
                var sum = 0;
                foreach (var value in values) sum += value;
                return sum % 10;
        }
    }

    private static int Smallest(Span<byte> values)
    {
        var smallest = values[0];
        foreach (var value in values) smallest = Math.Min(smallest, value);
        return smallest;
    }

    private static int Largest(Span<byte> values)
    {
        var largest = values[0];
        foreach (var value in values) largest = Math.Max(largest, value);
        return largest;
    }

    private static int Median(Span<byte> values)
    {
        values.Sort();
        return (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }
}
