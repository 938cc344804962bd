// SPDX-License-Identifier: MIT
namespace Yoso.Data.ListOps;

/// <summary>Computes a tree's value from its tokens alone; written independently of the generator, whose labels it checks.</summary>
public static class ListOpsEvaluator
{
    /// <summary>The value of a tree, 0 to 9.</summary>
    /// <exception cref="DataFormatException">The ids are not one whole tree; the message names the position.</exception>
    public static int Evaluate(ReadOnlySpan<ushort> ids) => EvaluateToDepth(ids, int.MaxValue, []);

    /// <summary>The value of a tree in which operators nested at <paramref name="depth"/> (the root has 0) are not evaluated but guessed.</summary>
    /// <param name="guesses">The value taken for an operator at that depth, by operator in order of id.</param>
    /// <exception cref="DataFormatException">The ids are not one whole tree.</exception>
    public static int EvaluateToDepth(ReadOnlySpan<ushort> ids, int depth, ReadOnlySpan<int> guesses)
    {
        var operators = new Stack<Open>();
        var values = new byte[ids.Length];
        var count = 0;
        for (var i = 0; i < ids.Length; i++)
        {
            var id = ids[i];
            if (i > 0 && operators.Count == 0) throw Malformed(i, "the tree ends before this token");
            if (ListOpsTokens.IsOperator(id))
            {
                operators.Push(new Open(id, count));
            }
            else if (ListOpsTokens.IsDigit(id))
            {
                values[count++] = (byte)(id - ListOpsTokens.Zero);
            }
            else if (id == ListOpsTokens.Close && operators.TryPop(out var open))
            {
                var arguments = values.AsSpan(open.FirstArgument, count - open.FirstArgument);
                if (arguments.IsEmpty) throw Malformed(i, "the operator has no arguments");
                var value = operators.Count >= depth ? guesses[open.Operation - ListOpsTokens.Min] : Apply(open.Operation, arguments);
                count = open.FirstArgument;
                values[count++] = (byte)value;
            }
            else
            {
                throw Malformed(i, id < 16 ? $"unexpected {ListOpsTokens.Name(id)}" : $"unknown id {id}");
            }
        }
        if (operators.Count > 0 || count != 1) throw Malformed(ids.Length, "the tree is not complete");
        return values[0];
    }

    /// <summary>Deepest nesting of operators (a digit has 0).</summary>
    public static int Depth(ReadOnlySpan<ushort> ids)
    {
        var (open, deepest) = (0, 0);
        foreach (var id in ids)
        {
            if (ListOpsTokens.IsOperator(id)) deepest = Math.Max(deepest, ++open);
            if (id == ListOpsTokens.Close) open--;
        }
        return deepest;
    }

    /// <summary>Number of arguments of the root operator; 0 for a digit.</summary>
    public static int RootArguments(ReadOnlySpan<ushort> ids)
    {
        var (open, arguments) = (0, 0);
        foreach (var id in ids)
        {
            if (id == ListOpsTokens.Close)
            {
                open--;
                continue;
            }
            if (open == 1) arguments++;
            if (ListOpsTokens.IsOperator(id)) open++;
        }
        return arguments;
    }

    /// <summary>The root operator applied to its direct digits alone; null if it has none.</summary>
    public static int? ApplyToDirectDigits(ReadOnlySpan<ushort> ids)
    {
        var digits = new byte[ids.Length];
        var (open, count) = (0, 0);
        foreach (var id in ids)
        {
            if (open == 1 && ListOpsTokens.IsDigit(id)) digits[count++] = (byte)(id - ListOpsTokens.Zero);
            if (ListOpsTokens.IsOperator(id)) open++;
            if (id == ListOpsTokens.Close) open--;
        }
        return count == 0 ? null : Apply(ids[0], digits.AsSpan(0, count));
    }

    /// <summary>Examples whose label is not their tree's value.</summary>
    public static int CountWrongLabels(SequenceDataset data)
    {
        var wrong = 0;
        Parallel.For(0, data.Count, i =>
        {
            if (Evaluate(data.Sequence(i)) != data.Label(i)) Interlocked.Increment(ref wrong);
        });
        return wrong;
    }

    private static int Apply(ushort operation, ReadOnlySpan<byte> arguments)
    {
        // How often each digit occurs decides all four operators.
        Span<int> counts = stackalloc int[10];
        counts.Clear();
        var sum = 0;
        foreach (var argument in arguments)
        {
            counts[argument]++;
            sum += argument;
        }
        return operation switch
        {
            ListOpsTokens.Min => AtRank(counts, 0),
            ListOpsTokens.Max => AtRank(counts, arguments.Length - 1),
            ListOpsTokens.SumModulo => sum % 10,
            // An even number of values has the mean of the middle two as its median; upstream truncates it.
            _ => (int)((AtRank(counts, (arguments.Length - 1) / 2) + AtRank(counts, arguments.Length / 2)) / 2.0),
        };
    }

    /// <summary>The digit at a place of the sorted arguments.</summary>
    private static int AtRank(ReadOnlySpan<int> counts, int rank)
    {
        var digit = 0;
        while ((rank -= counts[digit]) >= 0) digit++;
        return digit;
    }

    private static DataFormatException Malformed(int position, string problem) => new($"ListOps tree, token {position + 1}: {problem}");

    private readonly record struct Open(ushort Operation, int FirstArgument);
}
