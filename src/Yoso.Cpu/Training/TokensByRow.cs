// SPDX-License-Identifier: MIT
namespace Yoso.Cpu.Training;

/// <summary>A sum over tokens of one table row, or over a part of them.</summary>
/// <param name="TokensAt">Address of the tokens.</param>
/// <param name="Count">How many there are.</param>
/// <param name="TargetAt">Address of where the sum goes, overwritten.</param>
/// <param name="AddToAt">Address of the row that a part is added to afterwards; 0 for a row's first part, which lies there already.</param>
internal readonly unsafe record struct RowSum(nint TokensAt, int Count, nint TargetAt, nint AddToAt)
{
    internal int* Tokens => (int*)TokensAt;

    internal float* Target => (float*)TargetAt;

    internal float* AddTo => (float*)AddToAt;
}

/// <summary>The tokens of each row of a table, in order: a counting sort of their ids.</summary>
internal readonly unsafe struct TokensByRow
{
    /// <summary>A frequent id is shared out in parts of so many tokens; they do not depend on the number of threads.</summary>
    private const int Part = 1024;

    private readonly int* _tokens;
    private readonly int* _ends;
    private readonly int _rows;

    internal TokensByRow(long* ids, int tokens, int rows, Scratch scratch)
    {
        _rows = rows;
        _tokens = scratch.Take<int>(tokens);
        _ends = scratch.TakeZeroed<int>(rows);
        for (var token = 0; token < tokens; token++)
        {
            _ends[ids[token]]++;
        }

        var next = 0;
        for (var row = 0; row < rows; row++)
        {
            (next, _ends[row]) = (next + _ends[row], next);
        }

        for (var token = 0; token < tokens; token++)
        {
            _tokens[_ends[ids[token]]++] = token;
        }
    }

    /// <summary>The sums that make the gradient of the table; rows without a token become zero.</summary>
    internal void AddSums(TokenTensor gradient, int width, List<RowSum> sums, Scratch scratch)
    {
        var first = 0;
        for (var row = 0; row < _rows; row++)
        {
            var target = gradient[row];
            var end = _ends[row];
            if (first == end)
            {
                new Span<float>(target, width).Clear();
            }

            for (var from = first; from < end; from += Part)
            {
                var (tokens, count) = ((nint)(_tokens + from), Math.Min(Part, end - from));
                sums.Add(from == first ? new RowSum(tokens, count, (nint)target, 0) : new RowSum(tokens, count, (nint)scratch.Take<float>(width), (nint)target));
            }

            first = end;
        }
    }
}
