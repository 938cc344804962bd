// SPDX-License-Identifier: MIT
using Yoso.Experiments.Pretraining;
using Yoso.Models;

namespace Yoso.Experiments.Tests.Pretraining;

public sealed class SentenceOrderInstancesTests
{
    private static readonly InstanceOptions All = new() { KeepProbability = 1, ShortSequenceProbability = 0 };

    [Fact]
    public void Visit_CutsTheDocumentIntoNeighbouringHalves_InEitherOrder()
    {
        // Ten tokens a segment and room for 29: three segments an example, the last one of two.
        var documents = new WrittenTokens([10, 10, 10, 10, 10, 10, 10, 10]);
        var swapped = 0;
        for (var seed = 0UL; seed < 200; seed++)
        {
            var instances = Instances(documents, All, 32, seed);

            Assert.Equal([30 + 3 - 1, 30 + 3 - 1, 20 + 3], instances.Select(i => i.Tokens.Length)); // one token of thirty is cut off
            var firstSegment = 0;
            foreach (var instance in instances)
            {
                var (a, b) = Halves(instance);
                var (early, late) = instance.SentenceLabel == 0 ? (a, b) : (b, a);
                Assert.Equal(firstSegment, WrittenTokens.SegmentOf(early[0]));
                Assert.Equal(WrittenTokens.SegmentOf(early[^1]) + 1, WrittenTokens.SegmentOf(late[0]));
                firstSegment = WrittenTokens.SegmentOf(late[^1]) + 1;
                swapped += instance.SentenceLabel;
            }
        }

        // 600 coins: six standard deviations are 73.
        Assert.InRange(swapped, 227, 373);
    }

    [Fact]
    public void SingleSegment_CountsAsSwapped_AsUpstream()
    {
        var documents = new WrittenTokens([40, 40, 40]);
        var labels = new HashSet<(int, bool)>();
        for (var seed = 0UL; seed < 100; seed++)
        {
            foreach (var instance in Instances(documents, All, 64, seed).Take(1))
            {
                // 40 tokens are below 61: the first example has two segments and no bug.
                Assert.Equal([0, 1], Segments(instance));
            }

            foreach (var instance in Instances(documents, All, 43, seed))
            {
                labels.Add((instance.SentenceLabel, Segments(instance).Count() == 1));
                Assert.Equal(43, instance.Tokens.Length);
            }
        }

        Assert.All(labels, l => Assert.Equal(1, l.Item1));
        Assert.Equal(2, labels.Count); // the second half comes from the same segment or from another
    }

    [Fact]
    public void SingleSegment_IsSplit_WhereTheBugIsOff()
    {
        var clean = All with { SingleSegmentCountsAsSwapped = false };
        var documents = new WrittenTokens([40, 1]);
        var swapped = 0;
        for (var seed = 0UL; seed < 200; seed++)
        {
            var instance = Assert.Single(Instances(documents, clean, 43, seed)); // of the segment of one token nothing can be made
            var (a, b) = Halves(instance);
            var whole = instance.SentenceLabel == 0 ? a.Concat(b) : b.Concat(a);
            Assert.Equal(Enumerable.Range(10, 40), whole.Select(t => (int)t));
            swapped += instance.SentenceLabel;
        }

        Assert.InRange(swapped, 58, 142); // six standard deviations
    }

    [Fact]
    public void Truncation_TakesFromTheLongerHalf_AtBothEnds()
    {
        var documents = new WrittenTokens([10, 60]);
        var (fronts, ends) = (new HashSet<int>(), new HashSet<int>());
        for (var seed = 0UL; seed < 50; seed++)
        {
            var instance = Assert.Single(Instances(documents, All, 33, seed));
            var (a, b) = Halves(instance);
            var (shorter, longer) = instance.SentenceLabel == 0 ? (a, b) : (b, a);
            Assert.Equal((10, 20), (shorter.Length, longer.Length));
            fronts.Add(longer[0]);
            ends.Add(longer[^1]);
        }

        Assert.True(fronts.Count > 5 && ends.Count > 5);
    }

    [Fact]
    public void ShortTargets_And_Kept_HaveTheirShares()
    {
        var documents = new WrittenTokens([.. Enumerable.Range(0, 40).Select(_ => new[] { 20, 20, 20, 20, 20, 20, 20, 20 })]);
        var options = All with { KeepProbability = 0.1 };
        var kept = Enumerable.Range(0, 40).Sum(d => Instances(documents, options, 23, (ulong)d, d).Count);
        var shortOnes = Enumerable.Range(0, 40).SelectMany(d => Instances(documents, All with { ShortSequenceProbability = 1 }, 103, (ulong)d, d)).Count(i => i.Tokens.Length < 100);

        Assert.InRange(kept, 2, 64); // of 320, six standard deviations about 32
        Assert.True(shortOnes > 20);
        Assert.DoesNotContain(Enumerable.Range(0, 40).SelectMany(d => Instances(documents, All, 103, (ulong)d, d)), i => i.Tokens.Length < 60);
    }

    [Fact]
    public void JoinedDocuments_AreOneAfterAnother()
    {
        var joined = new JoinedDocuments(new WrittenTokens([3], [4, 5], [6]), 2);

        Assert.Equal((2, 3, 1), (joined.Count, joined.SegmentCount(0), joined.SegmentCount(1)));
        Assert.Equal([3, 4, 5], Enumerable.Range(0, 3).Select(s => joined.Segment(0, s).Length));
        Assert.Equal(6, joined.Segment(1, 0).Length);
    }

    private static List<Instance> Instances(ITokenSource documents, InstanceOptions options, int length, ulong seed, int document = 0) =>
        [.. new SentenceOrderInstances(documents, WrittenTokens.Vocabulary, options, length).Visit(document, new Seed(seed))];

    private static (ushort[] First, ushort[] Second) Halves(Instance instance)
    {
        Assert.Equal(2, instance.Tokens[0]);
        Assert.Equal(3, instance.Tokens[instance.FirstLength - 1]);
        Assert.Equal(3, instance.Tokens[^1]);
        Assert.Equal(2, instance.Tokens.Count(t => t == 3));
        return (instance.Tokens[1..(instance.FirstLength - 1)], instance.Tokens[instance.FirstLength..^1]);
    }

    private static IEnumerable<int> Segments(Instance instance)
    {
        var (a, b) = Halves(instance);
        return a.Concat(b).Select(WrittenTokens.SegmentOf).Distinct().Order();
    }
}
