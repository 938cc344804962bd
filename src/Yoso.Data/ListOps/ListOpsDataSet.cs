// SPDX-License-Identifier: MIT
using System.Security.Cryptography;
using System.Text;

namespace Yoso.Data.ListOps;

/// <summary>ListOps ready for training: generated, or read from LRA's release where that is at hand.</summary>
public static class ListOpsDataSet
{
    public const string Name = "listops";

    private static readonly string[] ReleaseFiles = ["basic_train.tsv", "basic_val.tsv", "basic_test.tsv"];

    /// <summary>Opens the prepared data set of these options, making it first where it is missing or damaged.</summary>
    /// <param name="dataRoot">Folder of all prepared data; this one lies in listops/ and 12 digits of a digest.</param>
    /// <param name="mirror">A folder that holds LRA's release (listops-1000/basic_*.tsv); used if the options ask for LRA's own lengths.</param>
    /// <exception cref="ArgumentException">The options have <see cref="ListOpsOptions.Problems"/>.</exception>
    /// <exception cref="DataFormatException">A released file is malformed.</exception>
    public static ClassificationData Prepare(
        ListOpsOptions options, string dataRoot, string? mirror = null, int threads = 0, IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        if (options.Problems().FirstOrDefault() is { } problem) throw new ArgumentException(problem);
        return FindRelease(options, mirror) is { } release
            ? PrepareRelease(options, dataRoot, release)
            : DataFolder.Prepare(dataRoot, Name, KeyOf(options), folder => Generate(options, folder, threads, progress, cancellation));
    }

    /// <summary>The manifest of the prepared data set of these options, null while it is not there.</summary>
    public static DataManifest? Find(ListOpsOptions options, string dataRoot, string? mirror = null)
    {
        var key = FindRelease(options, mirror) is { } release ? KeyOf(options, DescribeRelease(release)) : KeyOf(options);
        return DataFolder.Find(dataRoot, Name, key);
    }

    /// <summary>The folder with the three released files, or null; LRA's archive nests it one or two folders deep.</summary>
    internal static string? FindRelease(ListOpsOptions options, string? mirror)
    {
        var own = new ListOpsOptions();
        if (mirror is null || options.MinLength != own.MinLength || options.MaxLength != own.MaxLength) return null;
        if (LongRangeArenaRelease.Find(mirror, "listops-1000") is not { } folder) return null;
        var missing = ReleaseFiles.FirstOrDefault(file => !File.Exists(Path.Combine(folder, file)));
        return missing is null ? folder : throw new DataFormatException($"{Path.Combine(folder, missing)} is missing; the other released files need it");
    }

    private static string KeyOf(ListOpsOptions options) => Convert.ToHexStringLower(SHA256.HashData(
        Encoding.UTF8.GetBytes($"listops generator {ListOpsGenerator.Version}\n{DataManifest.OptionsOf(options).GetRawText()}")));

    private static DataManifest Generate(
        ListOpsOptions options, string folder, int threads, IProgress<double>? progress, CancellationToken cancellation)
    {
        var (train, dev, test) = ListOpsGenerator.Generate(options, threads, progress, cancellation);
        Save(folder, train, dev, test);
        return new DataManifest
        {
            Name = Name,
            Kind = DataKind.Generated,
            Licence = "CC0-1.0",
            Source = $"generator version {ListOpsGenerator.Version} after the rules of Long Range Arena (lra_benchmarks/data/listops.py)",
            Options = DataManifest.OptionsOf(options),
        };
    }

    private static ClassificationData PrepareRelease(ListOpsOptions options, string dataRoot, string release)
    {
        var files = DescribeRelease(release);
        var key = KeyOf(options, files);
        return DataFolder.Prepare(dataRoot, Name, key, folder =>
        {
            SequenceDataset Read(int file, int count) =>
                ListOpsTsv.Read(Path.Combine(release, ReleaseFiles[file]), options.PaddedLength, limit: count);
            var (train, dev, test) = (Read(0, options.TrainCount), Read(1, options.DevCount), Read(2, options.TestCount));
            Save(folder, train, dev, test);
            return new DataManifest
            {
                Name = Name,
                Kind = DataKind.Original,
                Licence = "Apache-2.0 (google-research/long-range-arena)",
                Source = "Long Range Arena release, listops-1000",
                Files = files,
            };
        });
    }

    private static List<DataSourceFile> DescribeRelease(string release) =>
        ReleaseFiles.Select(file => DataSourceFiles.Describe(Path.Combine(release, file))).ToList();

    private static string KeyOf(ListOpsOptions options, IEnumerable<DataSourceFile> files) => Convert.ToHexStringLower(SHA256.HashData(
        Encoding.UTF8.GetBytes(
            $"listops release\n{options.TrainCount} {options.DevCount} {options.TestCount} {options.PaddedLength}\n" +
            string.Join('\n', files.Select(file => file.Sha256)))));

    private static void Save(string folder, SequenceDataset train, SequenceDataset dev, SequenceDataset test)
    {
        train.Save(Path.Combine(folder, "train.seq"));
        dev.Save(Path.Combine(folder, "dev.seq"));
        test.Save(Path.Combine(folder, "test.seq"));
    }
}
