// SPDX-License-Identifier: MIT
using Yoso.Models;

namespace Yoso.Experiments.Pretraining;

/// <summary>
/// BERT's examples as upstream makes them: neighbouring segments up to a target length, split between two of them, the halves swapped
/// half of the time; [CLS] a [SEP] b [SEP]. Which are kept is decided before they are built.
/// </summary>
internal sealed class SentenceOrderInstances(ITokenSource documents, Vocabulary vocabulary, InstanceOptions options, int maxLength)
{
    private const int MarkerTokens = 3;
    private readonly int _longest = maxLength - MarkerTokens;

    /// <summary>The kept examples of one visit to a document; <paramref name="seed"/> decides cuts, order and which are kept.</summary>
    public IEnumerable<Instance> Visit(int document, Seed seed)
    {
        var random = new RandomStream(seed);
        var count = documents.SegmentCount(document);
        var first = 0;
        while (first < count)
        {
            var target = random.Chance(options.ShortSequenceProbability) ? random.Between(2, _longest) : _longest;
            var (last, length) = (first, documents.Segment(document, first).Length);
            while (last + 1 < count && length < target)
            {
                last++;
                length += documents.Segment(document, last).Length;
            }

            if (random.Chance(options.KeepProbability) && Build(document, first, last, target, random) is { } instance)
            {
                yield return instance;
            }

            first = last + 1;
        }
    }

    private Instance? Build(int document, int first, int last, int target, RandomStream random)
    {
        var (a, b) = (new List<ushort>(), new List<ushort>());
        var swapped = false;
        if (first < last)
        {
            var split = random.Between(first + 1, last);
            Append(a, document, first, split);
            Append(b, document, split, last + 1);
        }
        else if (options.SingleSegmentCountsAsSwapped)
        {
            swapped = true;
            Append(a, document, first, first + 1);
            var start = random.Below(documents.SegmentCount(document));
            for (var segment = start; segment < documents.SegmentCount(document) && (segment == start || b.Count < target - a.Count); segment++)
            {
                Append(b, document, segment, segment + 1);
            }
        }
        else
        {
            var segment = documents.Segment(document, first);
            if (segment.Length < 2)
            {
                return null; // nothing to put in order
            }

            var split = random.Between(1, segment.Length - 1);
            a.AddRange(segment[..split]);
            b.AddRange(segment[split..]);
        }

        if (random.Chance(0.5))
        {
            swapped = true;
            (a, b) = (b, a);
        }

        var (aStart, aLength, bStart, bLength) = Truncate(a.Count, b.Count, random);
        var special = vocabulary.Special;
        ushort[] tokens =
        [
            (ushort)special.Start, .. a.GetRange(aStart, aLength), (ushort)special.End, .. b.GetRange(bStart, bLength), (ushort)special.End,
        ];
        return new Instance(tokens, aLength + 2, swapped ? 1 : 0);
    }

    /// <summary>Tokens go one by one from the longer half (the second where both are equal), from its front or its end by a coin.</summary>
    private (int AStart, int ALength, int BStart, int BLength) Truncate(int aLength, int bLength, RandomStream random)
    {
        var (aStart, bStart) = (0, 0);
        while (aLength + bLength > _longest)
        {
            var front = random.Chance(0.5) ? 1 : 0;
            if (aLength > bLength)
            {
                (aStart, aLength) = (aStart + front, aLength - 1);
            }
            else
            {
                (bStart, bLength) = (bStart + front, bLength - 1);
            }
        }

        return (aStart, aLength, bStart, bLength);
    }

    private void Append(List<ushort> tokens, int document, int first, int end)
    {
        for (var segment = first; segment < end; segment++)
        {
            tokens.AddRange(documents.Segment(document, segment));
        }
    }
}
