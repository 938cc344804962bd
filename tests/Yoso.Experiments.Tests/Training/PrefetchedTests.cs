// SPDX-License-Identifier: MIT
using Yoso.Experiments.Training;

namespace Yoso.Experiments.Tests.Training;

public sealed class PrefetchedTests
{
    [Fact]
    public void Take_GivesTheItemAskedFor_WhateverTheOrder()
    {
        using var items = new Prefetched<int>(n => n * n);

        Assert.Equal([0, 1, 4, 9], Enumerable.Range(0, 4).Select(items.Take));
        Assert.Equal([49, 64], new[] { 7, 8 }.Select(items.Take));
        Assert.Equal([1, 1], new[] { 1, 1 }.Select(items.Take));
    }

    [Fact]
    public void Items_AreMadeAhead_AndNoFurther()
    {
        using var third = new ManualResetEventSlim();
        var made = 0;
        using var items = new Prefetched<int>(
            n =>
            {
                if (Interlocked.Increment(ref made) == 3)
                {
                    third.Set();
                }

                return n;
            },
            ahead: 1);

        items.Take(0); // one more waits to be taken, one more is made and finds no room

        Assert.True(third.Wait(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        Assert.Equal(1, items.Take(1));
        items.Dispose();
        Assert.InRange(made, 3, 4);
    }

    [Fact]
    public void Take_ThrowsWhatMakingTheItemThrew_AndGoesOnElsewhere()
    {
        using var items = new Prefetched<int>(n => n == 2 ? throw new InvalidDataException("item 2") : n);

        Assert.Equal(1, items.Take(1));
        Assert.Equal("item 2", Assert.Throws<InvalidDataException>(() => items.Take(2)).Message);
        Assert.Equal(3, items.Take(3));
    }

    [Fact]
    public void Waited_CountsOnlyItemsThatWereNotReady()
    {
        using var slow = new Prefetched<int>(n =>
        {
            Thread.Sleep(20);
            return n;
        });

        slow.Take(0);

        Assert.True(slow.Waited >= TimeSpan.FromMilliseconds(10));
    }

    [Fact]
    public void Dispose_EndsTheThread_WhileItHasNothingToDo()
    {
        var items = new Prefetched<int>(n => n);
        items.Take(0);

        items.Dispose();
        items.Dispose();

        Assert.Equal(5, items.Take(5));
        items.Dispose();
    }
}
