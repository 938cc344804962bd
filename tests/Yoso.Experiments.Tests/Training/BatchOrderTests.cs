// SPDX-License-Identifier: MIT
using Yoso.Experiments.Training;
using Yoso.Models;

namespace Yoso.Experiments.Tests.Training;

public sealed class BatchOrderTests
{
    [Fact]
    public void Batch_VisitsEveryExampleOnce_InAnEpoch()
    {
        var order = new BatchOrder(96, 32, new Seed(5));
        var seen = Enumerable.Range(0, 3).SelectMany(s => order.Batch(s).ToArray()).Order();

        Assert.Equal(Enumerable.Range(0, 96), seen);
    }

    [Fact]
    public void Batch_IsAFunctionOfSeedAndStep_WhateverWasAskedBefore()
    {
        var walked = new BatchOrder(100, 32, new Seed(5));
        for (var step = 0; step < 10; step++)
        {
            walked.Batch(step);
        }

        var jumped = new BatchOrder(100, 32, new Seed(5));

        Assert.Equal(walked.Batch(10).ToArray(), jumped.Batch(10).ToArray());
        Assert.NotEqual(walked.Batch(0).ToArray(), walked.Batch(3).ToArray());
    }

    [Fact]
    public void Constructor_NamesBothNumbers_WhenTheDataIsSmallerThanABatch()
    {
        var error = Assert.Throws<ArgumentException>(() => new BatchOrder(10, 32, new Seed(1)));

        Assert.Contains("32", error.Message, StringComparison.Ordinal);
        Assert.Contains("10", error.Message, StringComparison.Ordinal);
    }

    // Each of 5 items on each of 5 places, 5000 permutations: a cell is Binomial(5000, 1/5), sd 28.3; a bound of 6.5 sd fails with probability below 25 * 8e-11.
    [Fact]
    public void Permutation_IsUniform_OverManySeeds()
    {
        var counts = new int[5, 5];
        for (ulong seed = 0; seed < 5000; seed++)
        {
            var permutation = BatchOrder.Permutation(5, new Seed(seed));
            for (var place = 0; place < 5; place++)
            {
                counts[place, permutation[place]]++;
            }
        }

        Assert.All(counts.Cast<int>(), c => Assert.InRange(c, 1000 - 184, 1000 + 184));
    }
}
