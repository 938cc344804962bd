// SPDX-License-Identifier: MIT
using Yoso.Data.Corpora;

namespace Yoso.Data.Tests.Corpora;

public sealed class OrderedParallelTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Select_KeepsTheOrder_WhateverTheWorkTakes(int threads)
    {
        var results = OrderedParallel.Select(Enumerable.Range(0, 200), i =>
        {
            Thread.SpinWait((i * 7919 % 13) * 2000);
            return i * i;
        }, threads, Token);

        Assert.Equal(Enumerable.Range(0, 200).Select(i => i * i), results);
    }

    /// <summary>What keeps the memory of a preparation constant: nothing is read far ahead of what is written.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Select_ReadsNoFurtherAheadThanTwiceTheThreads(int threads)
    {
        var (read, taken, farthest) = (0, 0, 0);
        IEnumerable<int> Items()
        {
            for (; read < 1000; read++)
            {
                farthest = Math.Max(farthest, read - taken);
                yield return read;
            }
        }

        foreach (var _ in OrderedParallel.Select(Items(), i => i, threads, Token)) taken++;

        Assert.Equal(1000, taken);
        Assert.InRange(farthest, 1, 2 * threads);
    }

    [Fact]
    public void Select_GivesTheResultsBeforeTheDamage_WhereTheSequenceFails()
    {
        var got = new List<int>();
        static IEnumerable<int> Items()
        {
            for (var i = 0; i < 5; i++) yield return i;
            throw new DataFormatException("cut off");
        }

        Assert.Throws<DataFormatException>(() => got.AddRange(OrderedParallel.Select(Items(), i => i, 4, Token).Select(i => i)));
        got.Clear();
        Assert.Throws<DataFormatException>(() => { foreach (var i in OrderedParallel.Select(Items(), i => i, 4, Token)) got.Add(i); });

        Assert.Equal([0, 1, 2, 3, 4], got);
    }

    [Fact]
    public void Select_GivesTheResultsBeforeTheDamage_WhereAnItemFails()
    {
        var got = new List<int>();

        Assert.Throws<DataFormatException>(() =>
        {
            foreach (var i in OrderedParallel.Select(Enumerable.Range(0, 100), i => i == 20 ? throw new DataFormatException("bad") : i, 3, Token)) got.Add(i);
        });

        Assert.Equal(Enumerable.Range(0, 20), got);
    }

    [Fact]
    public void Select_EndsItsWork_WhenNobodyAsksAnyMore()
    {
        var running = 0;

        var first = OrderedParallel.Select(Enumerable.Range(0, 100), i =>
        {
            Interlocked.Increment(ref running);
            Thread.SpinWait(5000);
            Interlocked.Decrement(ref running);
            return i;
        }, 4, Token).First();

        Assert.Equal(0, first);
        Assert.Equal(0, Volatile.Read(ref running));
    }
}
