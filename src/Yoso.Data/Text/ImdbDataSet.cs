// SPDX-License-Identifier: MIT
using System.Globalization;

namespace Yoso.Data.Text;

/// <summary>LRA Text: is a film review positive? From aclImdb_v1.tar.gz (Maas et al., ACL 2011).</summary>
/// <remarks>
/// Upstream's dev split is its test split; so it is here unless dev is asked for from train. The manifest says which. Order: by
/// review number, negative before positive.
/// </remarks>
public static class ImdbDataSet
{
    public const string Name = "text";
    public const string Licence = "no licence stated; for research, cite Maas et al., ACL 2011";

    // The longest review has 14 kB.
    private const int MaxReviewBytes = 1 << 22;

    /// <param name="archive">Path of aclImdb_v1.tar.gz.</param>
    /// <param name="devFromTrain">Every tenth pair of training reviews becomes dev (22,500 / 2,500 / 25,000), so that no choice is made on the test split.</param>
    public static DataSource FromArchive(ByteTextOptions options, string archive, bool devFromTrain = false) => FromArchive(options, archive, reviewsPerClass: 12_500, devFromTrain);

    internal static DataSource FromArchive(ByteTextOptions options, string archive, int reviewsPerClass, bool devFromTrain = false)
    {
        options.Check();
        var file = DataSourceFiles.Describe(archive);
        return new DataSource(Name, DataSourceFiles.Key(devFromTrain ? "imdb 1, dev from train" : "imdb 1", options, [file]), folder =>
        {
            var (train, test) = Read(archive, options, reviewsPerClass);
            var dev = devFromTrain ? [.. train.Where((_, i) => IsHeldOut(i))] : test;
            Save(devFromTrain ? [.. train.Where((_, i) => !IsHeldOut(i))] : train, "train.seq");
            Save(dev, "dev.seq");
            Save(test, "test.seq");
            return new DataManifest
            {
                Name = Name,
                Kind = DataKind.Original,
                Licence = Licence,
                Source = "Large Movie Review Dataset, https://ai.stanford.edu/~amaas/data/sentiment/",
                Note = devFromTrain ? "dev is every tenth pair of training reviews" : "dev is the test split, as upstream",
                Options = DataManifest.OptionsOf(options),
                Files = [file],
            };

            void Save(List<(int, ushort[])> reviews, string name) => SequenceDataset.FromExamples(reviews, options.Shape(1)).Save(Path.Combine(folder, name));
        });
    }

    /// <summary>Reviews alternate negative and positive, so both of a pair go.</summary>
    private static bool IsHeldOut(int index) => index / 2 % 10 == 9;

    private static (List<(int, ushort[])> Train, List<(int, ushort[])> Test) Read(string archive, ByteTextOptions options, int perClass)
    {
        var splits = new[] { new SortedDictionary<(int, int), ushort[]>(), [] };
        foreach (var entry in TarGzArchive.Read(archive, MaxReviewBytes, IsReview))
        {
            var (split, label, number) = Place(entry.Name);
            var invalid = ByteText.FirstInvalid(entry.Content);
            if (invalid >= 0) throw new DataFormatException($"{archive}: {entry.Name} is not UTF-8 at byte {invalid + 1}; download the archive again");
            if (!splits[split].TryAdd((number, label), ByteText.Encode(entry.Content, options.MaxBytes)))
            {
                throw new DataFormatException($"{archive}: {entry.Name} has the number of another review; download the archive again");
            }
        }
        foreach (var (split, name) in new[] { (0, "train"), (1, "test") })
        {
            for (var label = 0; label < 2; label++)
            {
                var count = splits[split].Keys.Count(key => key.Item2 == label);
                if (count == perClass) continue;
                throw new DataFormatException(
                    $"{archive} has {count} {(label == 0 ? "negative" : "positive")} {name} reviews instead of {perClass}; download it again");
            }
        }
        return (Examples(splits[0]), Examples(splits[1]));
    }

    private static List<(int, ushort[])> Examples(SortedDictionary<(int, int), ushort[]> reviews) =>
        [.. reviews.Select(review => (review.Key.Item2, review.Value))];

    /// <summary>aclImdb/train/pos/123_9.txt; the unlabelled reviews in unsup are left out.</summary>
    private static bool IsReview(string name)
    {
        var parts = name.Split('/');
        return parts.Length == 4 && parts[1] is ("train" or "test") && parts[2] is ("neg" or "pos") && parts[3].EndsWith(".txt", StringComparison.Ordinal);
    }

    private static (int Split, int Label, int Number) Place(string name)
    {
        var parts = name.Split('/');
        return int.TryParse(parts[3].Split('_')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? (parts[1] == "train" ? 0 : 1, parts[2] == "pos" ? 1 : 0, number)
            : throw new DataFormatException($"review {name} is not named <number>_<rating>.txt");
    }
}
