// SPDX-License-Identifier: MIT
using System.Text;

namespace Yoso.Data.Glue;

/// <summary>Makes GLUE's train, dev and test files of MRPC from Microsoft's two: dev is the list of id pairs that GLUE publishes.</summary>
internal static class MrpcSplit
{
    private const int MaxLineBytes = 1 << 16;

    /// <exception cref="DataFormatException">A file is not Microsoft's, or not every pair of the list is in it.</exception>
    internal static void Write(string train, string test, string devIds, string folder)
    {
        var dev = Lines(devIds).Select(l => l.Split('\t') is [var a, var b] ? (a.Trim(), b.Trim()) : throw new DataFormatException($"{devIds}: '{l}' is no pair of ids; download it again")).ToHashSet();
        var rows = Rows(train);
        var found = rows.Where(r => dev.Contains((r[1], r[2]))).ToList();
        if (found.Count != dev.Count) throw new DataFormatException($"{train} has {found.Count} of the {dev.Count} dev pairs of {devIds}; download both again");
        Save("train.tsv", "Quality", rows.Where(r => !dev.Contains((r[1], r[2]))));
        Save("dev.tsv", "Quality", found);
        // GLUE's test file has a number in place of the label, which its server keeps.
        Save("test.tsv", "index", Rows(test).Select((r, i) => (string[])[i.ToString(System.Globalization.CultureInfo.InvariantCulture), .. r[1..]]));

        void Save(string name, string first, IEnumerable<string[]> lines) => File.WriteAllText(
            Path.Combine(folder, name), $"{first}\t#1 ID\t#2 ID\t#1 String\t#2 String\n{string.Concat(lines.Select(l => string.Join('\t', l) + "\n"))}");
    }

    private static List<string[]> Rows(string path)
    {
        var rows = Lines(path).Skip(1).Select(l => l.Split('\t')).ToList();
        var bad = rows.FindIndex(r => r.Length != 5);
        return bad < 0 && rows.Count > 0 ? rows : throw new DataFormatException($"{path}, line {bad + 2}: not the five columns of MRPC; download it again");
    }

    private static List<string> Lines(string path)
    {
        using var stream = File.OpenRead(path);
        var reader = new Utf8LineReader(stream, path, MaxLineBytes);
        var lines = new List<string>();
        while (reader.TryRead(out var line))
        {
            lines.Add(Encoding.UTF8.GetString(line).TrimStart('\uFEFF'));
        }
        return lines;
    }
}
