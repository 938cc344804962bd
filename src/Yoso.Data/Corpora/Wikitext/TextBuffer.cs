// SPDX-License-Identifier: MIT
namespace Yoso.Data.Corpora.Wikitext;

/// <summary>Text that grows at its end and is cut back.</summary>
internal sealed class TextBuffer(int capacity)
{
    private char[] text = new char[Math.Max(16, capacity)];

    internal int Length { get; private set; }

    internal void Append(ReadOnlySpan<char> more)
    {
        if (Length + more.Length > text.Length) Array.Resize(ref text, Math.Max(2 * text.Length, Length + more.Length));
        more.CopyTo(text.AsSpan(Length));
        Length += more.Length;
    }

    internal void Append(char c) => Append([c]);

    internal string Cut(int start)
    {
        var tail = new string(text, start, Length - start);
        Length = start;
        return tail;
    }

    public override string ToString() => new(text, 0, Length);
}
