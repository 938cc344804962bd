// SPDX-License-Identifier: MIT
using System.Text;

namespace Yoso.Data.ListOps;

/// <summary>Parses one tree in LRA's text form and drops the parentheses, which the encoding does not keep.</summary>
/// <remarks>
/// Each pair of parentheses holds two parts: an operator and a value (the first argument), an application and a value (the next one), or an application and the
/// closing bracket, which makes a value.
/// </remarks>
internal sealed class ListOpsTextParser(string path, long line)
{
    private readonly Stack<Group> groups = new();
    private readonly List<ushort> ids = [];
    private Part root = Part.None;

    private enum Part { None, Operator, Application, Value, Close }

    internal ushort[] Parse(ReadOnlySpan<byte> text)
    {
        for (var at = 0; at < text.Length;)
        {
            if (text[at] == ' ')
            {
                at++;
                continue;
            }
            var length = text[at..].IndexOf((byte)' ');
            if (length < 0) length = text.Length - at;
            Token(text.Slice(at, length), at + 1);
            at += length;
        }
        if (groups.TryPeek(out var open)) throw Error(open.At, "this parenthesis is never closed");
        if (root != Part.Value) throw Error(1, "the source must be a whole tree");
        return [.. ids];
    }

    private void Token(ReadOnlySpan<byte> token, int column)
    {
        if (token.SequenceEqual("("u8))
        {
            if (groups.Count == 0 && root != Part.None) throw Error(column, "the tree ends before this token");
            groups.Push(new Group(Part.None, 0, column));
            return;
        }
        if (token.SequenceEqual(")"u8))
        {
            if (!groups.TryPop(out var group)) throw Error(column, "no parenthesis is open");
            if (group.Parts != 2) throw Error(column, "a pair of parentheses must hold two parts");
            Place(group.Content, column);
            return;
        }
        var (part, id) = Read(token);
        if (part == Part.None) throw Error(column, $"unknown token {Shorten(token)}");
        ids.Add(id);
        Place(part, column);
    }

    /// <summary>Adds a part to the innermost open parenthesis, or makes it the tree.</summary>
    private void Place(Part part, int column)
    {
        if (groups.TryPop(out var group))
        {
            if (group.Parts == 2) throw Error(column, "a pair of parentheses must hold two parts");
            if (group.Parts == 0 && part == Part.Close) throw Error(column, "a closing bracket without operator");
            groups.Push(new Group(group.Parts == 0 ? part : Combine(group.Content, part, column), group.Parts + 1, group.At));
            return;
        }
        if (root != Part.None) throw Error(column, "the tree ends before this token");
        root = part;
    }

    private Part Combine(Part first, Part second, int column) => (first, second) switch
    {
        (Part.Operator or Part.Application, Part.Value) => Part.Application,
        (Part.Application, Part.Close) => Part.Value,
        _ => throw Error(column, "this part cannot follow the one before it"),
    };

    private static (Part, ushort) Read(ReadOnlySpan<byte> token)
    {
        if (token.Length == 1 && token[0] is >= (byte)'0' and <= (byte)'9') return (Part.Value, (ushort)(ListOpsTokens.Zero + token[0] - '0'));
        if (token.SequenceEqual("]"u8)) return (Part.Close, ListOpsTokens.Close);
        if (token.SequenceEqual("[MIN"u8)) return (Part.Operator, ListOpsTokens.Min);
        if (token.SequenceEqual("[MAX"u8)) return (Part.Operator, ListOpsTokens.Max);
        if (token.SequenceEqual("[MED"u8)) return (Part.Operator, ListOpsTokens.Median);
        if (token.SequenceEqual("[SM"u8)) return (Part.Operator, ListOpsTokens.SumModulo);
        return (Part.None, 0);
    }

    private readonly record struct Group(Part Content, int Parts, int At);

    private static string Shorten(ReadOnlySpan<byte> token) => Encoding.UTF8.GetString(token[..Math.Min(20, token.Length)]);

    private DataFormatException Error(int column, string problem) => DataFormatException.At(path, line, column, problem);
}
