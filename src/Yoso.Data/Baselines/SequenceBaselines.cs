// SPDX-License-Identifier: MIT
namespace Yoso.Data.Baselines;

/// <summary>Accuracies in percent of classifiers that know nothing of attention, fitted on one split and scored on another.</summary>
public static class SequenceBaselines
{
    /// <summary>Always the most frequent label of <paramref name="train"/>, the smallest of several.</summary>
    public static double MajorityClass(SequenceDataset train, SequenceDataset scored)
    {
        Check(train, scored);
        var counts = new int[train.ClassCount];
        for (var i = 0; i < train.Count; i++) counts[train.Label(i)]++;
        var majority = Array.IndexOf(counts, counts.Max());
        return Accuracy(scored, _ => majority);
    }

    /// <summary>The class whose mean image is nearest (Euclidean, ids as grey values), for Image and Pathfinder.</summary>
    public static double NearestCentroid(SequenceDataset train, SequenceDataset scored)
    {
        Check(train, scored);
        var centroids = new double[train.ClassCount][];
        var counts = new int[train.ClassCount];
        for (var label = 0; label < centroids.Length; label++) centroids[label] = new double[train.PaddedLength];
        for (var i = 0; i < train.Count; i++)
        {
            var image = train.Sequence(i);
            counts[train.Label(i)]++;
            for (var p = 0; p < image.Length; p++) centroids[train.Label(i)][p] += image[p];
        }
        for (var label = 0; label < centroids.Length; label++)
        {
            for (var p = 0; p < train.PaddedLength; p++) centroids[label][p] /= Math.Max(1, counts[label]);
        }
        return Accuracy(scored, i => Enumerable.Range(0, centroids.Length).Where(label => counts[label] > 0)
            .MinBy(label => SquaredDistance(scored.Sequence(i), centroids[label])));
    }

    /// <summary>Naive Bayes on how often each id occurs, in whatever order (add-one smoothing), for Text.</summary>
    public static double BagOfBytes(SequenceDataset train, SequenceDataset scored)
    {
        Check(train, scored);
        var counts = new double[train.ClassCount, train.VocabularySize];
        var totals = new double[train.ClassCount];
        var examples = new double[train.ClassCount];
        for (var i = 0; i < train.Count; i++)
        {
            var label = train.Label(i);
            examples[label]++;
            totals[label] += train.Sequence(i).Length;
            foreach (var id in train.Sequence(i)) counts[label, id]++;
        }
        double Score(int example, int label)
        {
            var score = Math.Log(examples[label] / train.Count);
            var scale = Math.Log(totals[label] + train.VocabularySize);
            foreach (var id in scored.Sequence(example)) score += Math.Log(counts[label, id] + 1) - scale;
            return score;
        }
        return Accuracy(scored, i => Enumerable.Range(0, train.ClassCount).Where(label => examples[label] > 0).MaxBy(label => Score(i, label)));
    }

    /// <summary>Label 1 where the words of both texts are alike (tf-idf cosine from a threshold fitted on <paramref name="train"/>), for Retrieval.</summary>
    public static double SimilarityThreshold(SequenceDataset train, SequenceDataset scored)
    {
        Check(train, scored);
        if (train.SequencesPerExample != 2 || train.ClassCount != 2) throw new ArgumentException("pairs with labels 0 and 1 are needed");
        var weights = new WordWeights(train);
        var threshold = BestThreshold([.. Enumerable.Range(0, train.Count).AsParallel().AsOrdered().Select(i => (weights.Cosine(train, i), train.Label(i)))]);
        return Accuracy(scored, i => weights.Cosine(scored, i) >= threshold ? 1 : 0);
    }

    /// <summary>The smallest score from which on 1 is said, such that most of the given labels are right.</summary>
    internal static double BestThreshold((double Score, int Label)[] examples)
    {
        var sorted = examples.OrderByDescending(example => example.Score).ToArray();
        var right = sorted.Count(example => example.Label == 0);
        var (best, threshold) = (right, double.PositiveInfinity);
        for (var i = 0; i < sorted.Length; i++)
        {
            right += sorted[i].Label == 1 ? 1 : -1;
            var last = i + 1 == sorted.Length || sorted[i + 1].Score < sorted[i].Score;
            if (last && right > best) (best, threshold) = (right, sorted[i].Score);
        }
        return threshold;
    }

    private static double SquaredDistance(ReadOnlySpan<ushort> image, double[] centroid)
    {
        var sum = 0.0;
        for (var p = 0; p < centroid.Length; p++)
        {
            var difference = (p < image.Length ? image[p] : 0) - centroid[p];
            sum += difference * difference;
        }
        return sum;
    }

    private static double Accuracy(SequenceDataset scored, Func<int, int> predict)
    {
        var right = 0;
        Parallel.For(0, scored.Count, i =>
        {
            if (predict(i) == scored.Label(i)) Interlocked.Increment(ref right);
        });
        return 100.0 * right / scored.Count;
    }

    private static void Check(SequenceDataset train, SequenceDataset scored)
    {
        if (train.Count == 0 || scored.Count == 0) throw new ArgumentException("no examples to fit or score");
        if (train.Shape != scored.Shape) throw new ArgumentException("the splits are of different tasks");
    }
}
