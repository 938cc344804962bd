// SPDX-License-Identifier: MIT
namespace Yoso.Data.Baselines;

/// <summary>Inverse document frequencies of the words of byte-level texts: runs of ASCII letters and digits, in lower case.</summary>
internal sealed class WordWeights
{
    private readonly Dictionary<ulong, int> documents = [];
    private readonly int count;

    internal WordWeights(SequenceDataset data)
    {
        count = data.Count * data.SequencesPerExample;
        for (var i = 0; i < count; i++)
        {
            foreach (var word in Words(data.Sequence(i / data.SequencesPerExample, i % data.SequencesPerExample)).Keys)
            {
                documents[word] = documents.GetValueOrDefault(word) + 1;
            }
        }
    }

    /// <summary>Cosine of the tf-idf vectors of a pair, 0 to 1; 0 where a text has no words.</summary>
    internal double Cosine(SequenceDataset data, int example)
    {
        var (first, second) = (Vector(data.Sequence(example)), Vector(data.Sequence(example, 1)));
        var product = first.Sum(word => word.Value * second.GetValueOrDefault(word.Key));
        var lengths = first.Values.Sum(value => value * value) * second.Values.Sum(value => value * value);
        return lengths > 0 ? product / Math.Sqrt(lengths) : 0;
    }

    private Dictionary<ulong, double> Vector(ReadOnlySpan<ushort> ids) => Words(ids).ToDictionary(
        word => word.Key, word => word.Value * Math.Log((count + 1.0) / (documents.GetValueOrDefault(word.Key) + 1)));

    /// <summary>Words by their FNV-1a hash, and how often each occurs.</summary>
    private static Dictionary<ulong, int> Words(ReadOnlySpan<ushort> ids)
    {
        const ulong start = 14695981039346656037, prime = 1099511628211;
        var words = new Dictionary<ulong, int>();
        var hash = start;
        for (var i = 0; i <= ids.Length; i++)
        {
            // Byte = id - 1; a sentinel ends the last word.
            var letter = i < ids.Length && ids[i] is > 0 and <= 128 ? (char)(ids[i] - 1) : ' ';
            if (char.IsAsciiLetterOrDigit(letter))
            {
                hash = (hash ^ char.ToLowerInvariant(letter)) * prime;
                continue;
            }
            if (hash != start) words[hash] = words.GetValueOrDefault(hash) + 1;
            hash = start;
        }
        return words;
    }
}
