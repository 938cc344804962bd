// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;

namespace Yoso.Cpu.Training;

internal sealed unsafe partial class FusedKernels<T>
{
    /// <summary>Sums that a worker takes together, so that taking costs nothing.</summary>
    private const int SumsAtOnce = 16;

    internal override void Forward(in TokenEmbeddingCall call, int threads)
    {
        var c = call;
        ForBlocks(c.Tokens, threads, (_, first, count, scratch) =>
        {
            var sum = Blocks<T>.Take(c.Width, scratch);
            for (var t = 0; t < count; t++)
            {
                AddRows(c.Words[(int)c.WordIds[first + t]], c.Positions[(int)c.PositionIds[first + t]], sum + (t * Blocks<T>.Padded(c.Width)), c.Width);
            }

            Blocks<T>.Drop(sum, first, count, c.Width, c.Dropout);
            Blocks<T>.Store(sum, c.Output, first, count, c.Width);
        });
    }

    internal override void Backward(in TokenEmbeddingGradientCall call, int threads)
    {
        var c = call;
        var f = c.Forward;
        var shared = Scratch.Rent();
        var sums = new List<RowSum>();
        var words = new TokensByRow(f.WordIds, f.Tokens, f.WordCount, shared);
        words.AddSums(c.WordsGradient, f.Width, sums, shared);
        var positions = new TokensByRow(f.PositionIds, f.Tokens, f.PositionCount, shared);
        positions.AddSums(c.PositionsGradient, f.Width, sums, shared);
        var groups = Enumerable.Range(0, (sums.Count + SumsAtOnce - 1) / SumsAtOnce).ToArray();
        WorkItems.Run(groups, threads, (group, _) =>
        {
            for (var i = group * SumsAtOnce; i < Math.Min(sums.Count, (group + 1) * SumsAtOnce); i++)
            {
                SumRows(c.OutputGradient, sums[i].Tokens, sums[i].Count, f.Width, f.Dropout, sums[i].Target);
            }
        });
        // Parts of a row in their order, whoever made them.
        foreach (var sum in sums.Where(s => s.AddTo is not null))
        {
            AddRows(sum.AddTo, sum.Target, sum.AddTo, f.Width);
        }

        shared.Return();
    }

    /// <summary>target = a + b; may be one of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRows(float* a, float* b, float* target, int width)
    {
        var c = 0;
        for (; c + T.Count <= width; c += T.Count)
        {
            T.Store(T.Load(a + c) + T.Load(b + c), target + c);
        }

        for (; c < width; c++)
        {
            target[c] = a[c] + b[c];
        }
    }

    /// <summary>target = sum of the tokens' rows after dropout.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumRows(TokenTensor rows, int* tokens, int count, int width, Dropout dropout, float* target)
    {
        var c = 0;
        for (; c + T.Count <= width; c += T.Count)
        {
            var sum = T.Zero;
            if (dropout.Bits is null)
            {
                for (var i = 0; i < count; i++)
                {
                    sum += T.Load(rows[tokens[i]] + c);
                }
            }
            else
            {
                var scale = T.Splat(dropout.Scale);
                for (var i = 0; i < count; i++)
                {
                    sum += T.Load(rows[tokens[i]] + c) * scale & T.LaneMask(dropout.Row(tokens[i], width)[c >> 5] >> (c & 31));
                }
            }

            T.Store(sum, target + c);
        }

        for (; c < width; c++)
        {
            var sum = 0f;
            for (var i = 0; i < count; i++)
            {
                var kept = dropout.Bits is null || (dropout.Row(tokens[i], width)[c >> 5] >> (c & 31) & 1) != 0;
                sum += kept ? rows[tokens[i]][c] * (dropout.Bits is null ? 1 : dropout.Scale) : 0;
            }

            target[c] = sum;
        }
    }
}
