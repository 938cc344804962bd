// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using CsvHelper;
using Yoso.Data.Samples;

namespace Yoso.Data.Glue;

/// <summary>Reads GLUE's own files: tab separated, a quotation mark is a character like any other, UTF-8 with or without a byte order mark.</summary>
/// <remarks>
/// A row that cannot be used (too few or too many columns, no text, a label the task does not have, not UTF-8) is left out,
/// counted and reported; more of them than <see cref="MaxBadShare"/> mean that the file is another one, which is an error.
/// </remarks>
public static class GlueData
{
    /// <summary>Of the rows; QQP's published train file has two rows in ten thousand that break off.</summary>
    public const double MaxBadShare = 0.01;

    // A small file may have one or two bad rows.
    private const int AlwaysAllowed = 2;

    // The longest row of the published files (MNLI, with its parses) has some 20,000 bytes.
    private const int MaxRowBytes = 1 << 20;

    private static readonly CsvReaderOptions Tsv = CsvReaderOptions.Default with
    {
        Separator = '\t',
        Mode = CsvMode.NoEscape,
        HasHeader = false,
        SkipEmptyLines = false,
        DetectSeparatorHint = false,
        TrackLineNumbers = true,
        MaxRecordSize = MaxRowBytes,
    };

    /// <param name="glueFolder">The folder that holds SST-2/, MRPC/ and so on.</param>
    /// <inheritdoc cref="LoadFile"/>
    public static GlueExamples Load(string glueFolder, GlueTask task, GlueSplit split)
    {
        var info = GlueTaskInfo.Of(task);
        return LoadFile(Path.Combine(glueFolder, info.Folder, info.FileName(split)), task, split);
    }

    /// <summary>The sample pack's stand-in, checked against its manifest: SST-2 and MRPC have one.</summary>
    /// <param name="samples">The repository's samples folder.</param>
    /// <exception cref="DataFormatException">A file is missing, damaged, or the pack has none for this task.</exception>
    public static GlueExamples LoadSample(string samples, GlueTask task, GlueSplit split)
    {
        var info = GlueTaskInfo.Of(task);
        if (task is not (GlueTask.Sst2 or GlueTask.Mrpc) || split is not (GlueSplit.Train or GlueSplit.Dev))
        {
            throw new DataFormatException($"the sample pack has no {info.Folder} {info.FileName(split)}; it has train and dev of SST-2 and MRPC");
        }
        var pack = new SamplePack(samples);
        var file = pack.Check($"glue/{info.Folder}/{info.FileName(split)}")[0];
        return LoadFile(pack.PathOf(file.Name), task, split);
    }

    /// <summary>Reads one file.</summary>
    /// <exception cref="DataFormatException">It is missing, of another task, empty, or has too many bad rows.</exception>
    public static GlueExamples LoadFile(string path, GlueTask task, GlueSplit split)
    {
        var info = GlueTaskInfo.Of(task);
        if (!File.Exists(path)) throw new DataFormatException($"{path} does not exist; it comes with GLUE's {info.Folder} ({GlueFiles.Advice(task)})");
        try
        {
            using var csv = CsvReader.FromFile(path, Tsv);
            return Read(csv, info, split, path);
        }
        catch (CsvFormatException e)
        {
            throw new DataFormatException($"{path}, line {e.LineNumber}: {e.Message} This is not the expected file, download it again", e);
        }
    }

    private static GlueExamples Read(CsvReader csv, GlueTaskInfo info, GlueSplit split, string path)
    {
        var columns = GlueColumns.OfColaWithoutHeader;
        if (GlueColumns.HasHeader(info.Task, split))
        {
            if (!csv.Read()) throw new DataFormatException($"{path} is empty; download it again");
            columns = GlueColumns.FromHeader(info.Task, split, [.. Fields(csv).Select(f => f ?? "(not UTF-8)")], path);
        }
        var (examples, bad) = (new List<GlueExample>(), new List<GlueBadRow>());
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var row = 0; csv.Read(); row++)
        {
            var fields = Fields(csv);
            if (Problem(fields, columns) is { } problem)
            {
                bad.Add(new GlueBadRow(csv.LineNumber, problem));
            }
            else if (Example(fields, columns, info, row, out problem) is { } example)
            {
                examples.Add(example);
                digest.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{example.Index}\t{example.First}\t{example.Second}\t{example.Target}\n")));
            }
            else
            {
                bad.Add(new GlueBadRow(csv.LineNumber, problem!));
            }
        }
        var read = new GlueExamples(info.Task, split, path, examples, bad, Convert.ToHexStringLower(digest.GetHashAndReset()));
        if (bad.Count > Math.Max(AlwaysAllowed, MaxBadShare * (examples.Count + bad.Count)))
        {
            throw new DataFormatException($"{read.Notice}; that is more than {MaxBadShare:P0}: the file is damaged or not {info.Folder}'s, download it again");
        }
        return examples.Count > 0 ? read : throw new DataFormatException($"{path} has no rows; download it again");
    }

    /// <summary>The columns; null where one is not UTF-8.</summary>
    private static string?[] Fields(CsvReader csv)
    {
        var fields = new string?[csv.FieldCount];
        for (var i = 0; i < fields.Length; i++)
        {
            var bytes = csv.GetSpan(i);
            fields[i] = Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
        }
        return fields;
    }

    private static string? Problem(string?[] fields, GlueColumns columns)
    {
        if (fields.Length == 0 || (fields.Length == 1 && fields[0] is "")) return "empty line";
        if (fields.Length != columns.Count) return $"{fields.Length} columns instead of {columns.Count}";
        if (fields.Any(f => f is null)) return "not UTF-8";
        if (string.IsNullOrWhiteSpace(fields[columns.First]) || (columns.Second >= 0 && string.IsNullOrWhiteSpace(fields[columns.Second]))) return "no text";
        return null;
    }

    private static GlueExample? Example(string?[] fields, GlueColumns columns, GlueTaskInfo info, int row, out string? problem)
    {
        problem = null;
        var index = row;
        if (columns.Index >= 0 && !int.TryParse(fields[columns.Index], NumberStyles.None, CultureInfo.InvariantCulture, out index))
        {
            problem = $"index '{Shown(fields[columns.Index]!)}' is not a number";
            return null;
        }
        float? target = null;
        if (columns.Label >= 0)
        {
            target = Target(fields[columns.Label]!, info);
            if (target is null)
            {
                problem = $"label '{Shown(fields[columns.Label]!)}' is not {(info.IsRegression ? "a score in 0 .. 5" : string.Join(" or ", info.Labels))}";
                return null;
            }
        }
        return new GlueExample(index, fields[columns.First]!.Trim(), columns.Second < 0 ? null : fields[columns.Second]!.Trim(), target);
    }

    private static float? Target(string text, GlueTaskInfo info)
    {
        if (info.IsRegression)
        {
            return float.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var score) && score is >= 0 and <= 5 ? score : null;
        }
        for (var label = 0; label < info.Labels.Count; label++)
        {
            if (info.Labels[label] == text) return label;
        }
        return null;
    }

    private static string Shown(string text) => text.Length > 20 ? text[..20] + "..." : text;
}
