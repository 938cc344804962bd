// SPDX-License-Identifier: MIT
using System.Buffers.Text;
using System.Text;

namespace Yoso.Data.ListOps;

/// <summary>LRA's text layout: header Source, tab, Target; a tree is a nested binary application, "( ( ( [MAX 2 ) 9 ) ] )".</summary>
public static class ListOpsTsv
{
    // The longest tree that the options allow, with 5 bytes for each token and its parentheses, fits many times over.
    private const int MaxLineBytes = 1 << 22;
    private static ReadOnlySpan<byte> Header => "Source\tTarget"u8;

    /// <summary>Writes all trees of a split; the file appears only when it is whole.</summary>
    public static void Write(string path, SequenceDataset data)
    {
        using (var writer = new StreamWriter(path + ".partial", false, new UTF8Encoding(false)) { NewLine = "\n" })
        {
            writer.WriteLine("Source\tTarget");
            var text = new StringBuilder();
            for (var i = 0; i < data.Count; i++)
            {
                AppendTree(text.Clear(), data.Sequence(i));
                writer.WriteLine(text.Append('\t').Append(data.Label(i)));
            }
        }
        File.Move(path + ".partial", path, overwrite: true);
    }

    /// <summary>Reads a file of that layout, the released ones among them.</summary>
    /// <param name="maxTokens">Longer trees are cut, as upstream does at 2000.</param>
    /// <param name="limit">Rows to read at most.</param>
    /// <exception cref="DataFormatException">A malformed row; the message holds file, line and column.</exception>
    public static SequenceDataset Read(string path, int paddedLength = 2048, int maxTokens = 2000, int limit = int.MaxValue)
    {
        if (!File.Exists(path)) throw new DataFormatException($"{path} does not exist");
        using var stream = File.OpenRead(path);
        var lines = new Utf8LineReader(stream, path, MaxLineBytes);
        if (!lines.TryRead(out var header) || !header.SequenceEqual(Header))
        {
            throw DataFormatException.At(path, 1, 1, "the header must be Source<tab>Target");
        }
        var examples = new List<(int, ushort[])>();
        var longest = Math.Min(maxTokens, paddedLength);
        while (examples.Count < limit && lines.TryRead(out var line))
        {
            var (label, ids) = Row(line, path, lines.Line);
            examples.Add((label, ids.Length > longest ? ids[..longest] : ids));
        }
        return SequenceDataset.FromExamples(
            examples, new SequenceShape(1, paddedLength, ListOpsTokens.VocabularySize, ListOpsTokens.ClassCount));
    }

    private static (int Label, ushort[] Ids) Row(ReadOnlySpan<byte> line, string path, long number)
    {
        var tab = line.IndexOf((byte)'\t');
        if (tab < 0) throw DataFormatException.At(path, number, line.Length + 1, "the tab and the target are missing");
        var target = line[(tab + 1)..];
        if (!Utf8Parser.TryParse(target, out int label, out var used) || used != target.Length || label is < 0 or > 9)
        {
            throw DataFormatException.At(path, number, tab + 2, "the target must be a digit, 0 to 9");
        }
        return (label, new ListOpsTextParser(path, number).Parse(line[..tab]));
    }

    private static void AppendTree(StringBuilder text, ReadOnlySpan<ushort> ids)
    {
        var parentheses = OpeningParentheses(ids);
        var open = 0;
        for (var i = 0; i < ids.Length; i++)
        {
            if (i > 0) text.Append(' ');
            for (var p = 0; p < parentheses[i]; p++) text.Append("( ");
            var id = ids[i];
            text.Append(id == ListOpsTokens.Close ? "]" : ListOpsTokens.Name(id));
            if (ListOpsTokens.IsOperator(id))
            {
                open++;
                continue;
            }
            if (id == ListOpsTokens.Close)
            {
                text.Append(" )");
                open--;
            }
            if (open > 0) text.Append(" )");
        }
    }

    /// <summary>An operator is preceded by one parenthesis for each of its arguments and one for its closing bracket.</summary>
    private static int[] OpeningParentheses(ReadOnlySpan<ushort> ids)
    {
        var parentheses = new int[ids.Length];
        var open = new Stack<int>();
        for (var i = 0; i < ids.Length; i++)
        {
            if (ids[i] == ListOpsTokens.Close)
            {
                parentheses[open.Pop()]++;
                continue;
            }
            if (open.TryPeek(out var parent)) parentheses[parent]++;
            if (ListOpsTokens.IsOperator(ids[i])) open.Push(i);
        }
        return parentheses;
    }
}
