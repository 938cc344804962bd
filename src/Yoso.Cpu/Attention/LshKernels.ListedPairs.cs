// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Cpu.Simd;
using Yoso.Cpu.Training;

namespace Yoso.Cpu.Attention;

internal sealed unsafe partial class LshKernels<T, TWidth>
{
    /// <summary>2, 3 and 6 take equally long.</summary>
    private const int ProbesAhead = 2;

    /// <summary>For every probe row [a|.]: gradient (+)= factor * sum over its listed candidates [b|c] of (a.b) c, and first (+)= sum of b.</summary>
    /// <remarks>
    /// Probes of a block are taken in the order of how many candidates they have, so that the processor guesses the end of each probe's loop. The
    /// order of a probe's own sum does not change.
    /// </remarks>
    private static void Pairs<TWithFirst>(
        in Side probes, in Side candidates, in CandidateLists lists, HeadRows gradient, HeadRows first, UnitTarget unit, in WeightedPass pass)
        where TWithFirst : struct, ISwitch
    {
        var fill = 0x0001_0001_0001_0001UL * (ushort)candidates.Count;
        for (var begin = 0; begin < probes.Count;)
        {
            var count = pass.Block.Join(in lists, begin, probes.Count, fill);
            BlockPairs<TWithFirst>(in probes, begin, count, candidates.Rows, gradient, first, in pass);
            if (unit.Given)
            {
                ToUnitGradient(in probes, begin, count, unit, gradient);
            }

            begin += count;
        }
    }

    /// <summary>A method of its own: with anything more around it the JIT no longer inlines what must be.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BlockPairs<TWithFirst>(in Side probes, int begin, int count, float* rows, HeadRows gradient, HeadRows first, in WeightedPass pass)
        where TWithFirst : struct, ISwitch
    {
        var (block, factor, fresh) = (pass.Block, pass.Factor, pass.Fresh);
        for (var place = 0; place < count; place++)
        {
            var inBlock = block.Order[place];
            FetchRows<TWithFirst>(in probes, begin + block.Order[Math.Min(place + ProbesAhead, count - 1)], gradient, first);
            var (probe, listed) = (begin + inBlock, block.Counts[inBlock]);
            var list = block.List + block.Starts[inBlock];
            if (listed > 0 || fresh)
            {
                var row = probes.Rows + ((nint)probe * 2 * Width);
                var firstTarget = TWithFirst.On ? first[probes.First + probe] : null;
                if (Width <= 4 * T.Count)
                {
                    RowInRegisters<TWithFirst>(row, rows, list, listed, factor, gradient[probes.First + probe], firstTarget, fresh);
                }
                else
                {
                    Row<TWithFirst>(row, rows, list, listed, factor, gradient[probes.First + probe], firstTarget, fresh);
                }
            }
        }
    }

    /// <summary>Turns the gradients of probes [.|y], y of length one, into those of vectors of any length; all of them are still in the second cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ToUnitGradient(in Side probes, int begin, int count, UnitTarget unit, HeadRows gradient)
    {
        for (var i = begin; i < begin + count; i++)
        {
            var row = gradient[probes.First + i];
            UnitRows<T>.GradientRow(probes.Rows + ((((nint)i * 2) + 1) * Width), unit.InverseNorm(probes.First + i), row, row, Width);
        }
    }

    /// <summary>Asks for all rows of a probe that is taken soon; in a block's order the processor does not foresee them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FetchRows<TWithFirst>(in Side probes, int probe, HeadRows gradient, HeadRows first)
        where TWithFirst : struct, ISwitch
    {
        Prefetch.Row(probes.Rows + ((nint)probe * 2 * Width), 2 * Width);
        Prefetch.Row(gradient[probes.First + probe], Width);
        if (TWithFirst.On)
        {
            Prefetch.Row(first[probes.First + probe], Width);
        }
    }
}

/// <summary>The joined candidate lists of some probes, and an order of the probes.</summary>
internal readonly unsafe struct ProbeBlock
{
    /// <summary>64 to 512 probes take equally long.</summary>
    private const int MostProbes = 128;

    /// <summary>A block with more candidates than this ends early.</summary>
    private const int Room = 64 * MostProbes;

    /// <summary>Kinds of loop lengths that are told apart; all longer ones are one kind.</summary>
    private const int Kinds = 64;

    private readonly int* _kindEnds;

    /// <param name="longestList">Candidates of one probe at most.</param>
    internal ProbeBlock(long longestList, Scratch scratch)
    {
        // Join copies whole registers beyond a list's end.
        List = scratch.Take<ushort>(Room + longestList + 64);
        Starts = scratch.Take<int>(MostProbes);
        Counts = scratch.Take<int>(MostProbes);
        Order = scratch.Take<int>(MostProbes);
        _kindEnds = scratch.Take<int>(Kinds);
    }

    /// <summary>Each list filled up to a multiple of four.</summary>
    internal ushort* List { get; }

    /// <summary>Where a probe's candidates begin in <see cref="List"/>.</summary>
    internal int* Starts { get; }

    internal int* Counts { get; }

    /// <summary>The block's probes, from 0, those with few candidates first.</summary>
    internal int* Order { get; }

    /// <summary>Joins the lists of the probes from <paramref name="begin"/> on.</summary>
    /// <param name="fill">Four times the number of the zero row.</param>
    /// <returns>How many probes the block has, at least 1.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal int Join(in CandidateLists lists, int begin, int end, ulong fill)
    {
        var (count, used) = (0, 0);
        for (; count < MostProbes && begin + count < end && used <= Room; count++)
        {
            (Starts[count], Counts[count]) = (used, lists.Join(begin + count, fill, List + used));
            used += (Counts[count] + 3) & ~3;
        }

        Sort(count);
        return count;
    }

    /// <summary>A counting sort by the number of fours, which keeps the order of equal probes.</summary>
    private void Sort(int count)
    {
        new Span<int>(_kindEnds, Kinds).Clear();
        for (var i = 0; i < count; i++)
        {
            _kindEnds[Kind(i)]++;
        }

        var next = 0;
        for (var kind = 0; kind < Kinds; kind++)
        {
            (next, _kindEnds[kind]) = (next + _kindEnds[kind], next);
        }

        for (var i = 0; i < count; i++)
        {
            Order[_kindEnds[Kind(i)]++] = i;
        }
    }

    private int Kind(int probe) => Math.Min((Counts[probe] + 3) >> 2, Kinds - 1);
}
