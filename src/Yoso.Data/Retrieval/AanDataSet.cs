// SPDX-License-Identifier: MIT
using Yoso.Data.Text;

namespace Yoso.Data.Retrieval;

/// <summary>LRA Retrieval: does one of two papers cite the other? From the release's new_aan_pairs.{train,eval,test}.tsv with texts.</summary>
public static class AanDataSet
{
    public const string Name = "retrieval";
    public const string Licence = "ACL Anthology Network, for research (Radev et al., 2013); texts as released with Long Range Arena";

    // The longest paper has about 1 MB of text.
    private const int MaxLineBytes = 1 << 26;
    private static readonly string[] Splits = ["train", "eval", "test"];

    /// <param name="folder">Holds the three files (tsv_data of the release), or the release.</param>
    /// <exception cref="DataFormatException">A file is missing.</exception>
    public static DataSource FromFolder(ByteTextOptions options, string folder)
    {
        options.Check();
        var own = LongRangeArenaRelease.Find(folder, "tsv_data") ?? folder;
        var paths = Splits.Select(split => Path.Combine(own, $"new_aan_pairs.{split}.tsv")).ToArray();
        var files = paths.Select(DataSourceFiles.Describe).ToList();
        return new DataSource(Name, DataSourceFiles.Key("aan 1", options, files), target =>
        {
            foreach (var (path, split) in paths.Zip(["train.seq", "dev.seq", "test.seq"])) Convert(path, Path.Combine(target, split), options);
            return new DataManifest
            {
                Name = Name,
                Kind = DataKind.Original,
                Licence = Licence,
                Source = "Long Range Arena release, tsv_data/new_aan_pairs",
                Options = DataManifest.OptionsOf(options),
                Files = files,
            };
        });
    }

    /// <summary>Rows go straight to the file: the training texts alone have 2 GB.</summary>
    private static void Convert(string path, string target, ByteTextOptions options)
    {
        using var stream = File.OpenRead(path);
        var rows = new TabSeparated(stream, path, columns: 5, MaxLineBytes);
        using var writer = new SequenceFileWriter(target, options.Shape(2));
        while (rows.TryRead(out var line))
        {
            writer.Add(rows.BinaryLabel(line),
                ByteText.Encode(rows.Field(line, 3), options.MaxBytes), ByteText.Encode(rows.Field(line, 4), options.MaxBytes));
        }
        if (writer.Count == 0) throw new DataFormatException($"{path} has no rows; download it again");
        writer.Complete();
    }
}
