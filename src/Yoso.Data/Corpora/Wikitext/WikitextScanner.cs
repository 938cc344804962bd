// SPDX-License-Identifier: MIT
using System.Buffers;
using System.Net;

namespace Yoso.Data.Corpora.Wikitext;

/// <summary>One pass over wikitext: nested structures are held on a stack and replaced by their text where they end.</summary>
internal sealed class WikitextScanner(string text)
{
    private enum Kind { Template, Parameter, Table, Link, External, HtmlTable }

    /// <param name="Start">Where its opening brackets lie in the output; they stay if it is never closed.</param>
    private sealed record Frame(Kind Kind, int Start, int Content)
    {
        internal List<int> Pipes { get; } = [];
    }

    private const int DeepestNesting = 100; // MediaWiki stops at 40 templates
    private const int LongestEntity = 12;
    private static readonly SearchValues<char> Special = SearchValues.Create("{}[]|<&'\n_");
    private static readonly string[] Protocols = ["http://", "https://", "ftp://", "//", "mailto:", "news:", "irc://"];
    private readonly TextBuffer output = new(text.Length);
    private readonly List<Frame> frames = [];
    private readonly int[] open = new int[Enum.GetValues<Kind>().Length];
    private readonly HashSet<string> unclosed = []; // elements that have no further end in the text
    private int at;
    private int formulas;

    internal string Run()
    {
        while (at < text.Length)
        {
            var next = text.AsSpan(at).IndexOfAny(Special);
            if (next < 0) next = text.Length - at;
            output.Append(text.AsSpan(at, next));
            at += next;
            if (at < text.Length) Step();
        }
        return output.ToString();
    }

    private void Step()
    {
        switch (text[at])
        {
            case '{':
                OpenBraces();
                break;
            case '}':
                CloseBraces();
                break;
            case '[':
                OpenBracket();
                break;
            case ']':
                CloseBracket();
                break;
            case '|':
                Pipe();
                break;
            case '<':
                Tag();
                break;
            case '&':
                Entity();
                break;
            case '\'':
                Quotes();
                break;
            case '_':
                Switch();
                break;
            default:
                while (frames.Count > 0 && frames[^1].Kind == Kind.External) Pop();
                Literal(1);
                break;
        }
    }

    private void Literal(int length)
    {
        output.Append(text.AsSpan(at, length));
        at += length;
    }

    private int Run(char c)
    {
        var end = at;
        while (end < text.Length && text[end] == c) end++;
        return end - at;
    }

    private bool Push(Kind kind, int brackets)
    {
        if (frames.Count >= DeepestNesting) return false;
        frames.Add(new Frame(kind, output.Length, output.Length + brackets));
        open[(int)kind]++;
        Literal(brackets);
        return true;
    }

    private Frame Pop()
    {
        var frame = frames[^1];
        frames.RemoveAt(frames.Count - 1);
        open[(int)frame.Kind]--;
        return frame;
    }

    /// <summary>Takes frames off the stack up to one of the kinds asked for, which must be there.</summary>
    private Frame PopTo(params ReadOnlySpan<Kind> kinds)
    {
        while (!kinds.Contains(frames[^1].Kind)) Pop();
        return Pop();
    }

    private bool AtLineStart()
    {
        var before = at - 1;
        while (before >= 0 && text[before] is ' ' or '\t' or ':' or '*' && at - before < 20) before--;
        return before < 0 || text[before] == '\n';
    }

    private void OpenBraces()
    {
        var run = Run('{');
        if (run == 1)
        {
            if (at + 1 < text.Length && text[at + 1] == '|' && AtLineStart() && Push(Kind.Table, 2)) return;
            Literal(1);
            return;
        }
        for (; run >= 2; run -= run == 3 ? 3 : 2)
        {
            if (!Push(run == 3 ? Kind.Parameter : Kind.Template, run == 3 ? 3 : 2))
            {
                Literal(run);
                return;
            }
        }
    }

    private void CloseBraces()
    {
        var run = Run('}');
        while (run >= 2 && open[(int)Kind.Template] + open[(int)Kind.Parameter] > 0)
        {
            var frame = PopTo(Kind.Template, Kind.Parameter);
            var length = frame.Kind == Kind.Parameter && run >= 3 ? 3 : 2;
            var content = Parts(frame);
            if (frame.Kind == Kind.Template) output.Append(TextTemplates.Render(content[0], content[1..]));
            at += length;
            run -= length;
        }
        Literal(run);
    }

    /// <summary>Cuts the frame's content out of the output, at its pipes.</summary>
    private string[] Parts(Frame frame)
    {
        var content = output.Cut(frame.Start)[(frame.Content - frame.Start)..];
        var parts = new string[frame.Pipes.Count + 1];
        var from = 0;
        for (var i = 0; i < parts.Length; i++)
        {
            var to = i < frame.Pipes.Count ? frame.Pipes[i] - frame.Content : content.Length;
            parts[i] = content[from..to];
            from = to + 1;
        }
        return parts;
    }

    private void Pipe()
    {
        if (at + 1 < text.Length && text[at + 1] == '}' && open[(int)Kind.Table] > 0 && AtLineStart() && NearestBlock() == Kind.Table)
        {
            output.Cut(PopTo(Kind.Table).Start);
            at += 2;
            return;
        }
        if (frames.Count > 0 && frames[^1].Kind is Kind.Template or Kind.Link or Kind.Parameter) frames[^1].Pipes.Add(output.Length);
        Literal(1);
    }

    private Kind? NearestBlock() => frames.LastOrDefault(frame => frame.Kind is Kind.Table or Kind.Template or Kind.Parameter)?.Kind;

    private void OpenBracket()
    {
        if (text.AsSpan(at).StartsWith("[[") && Push(Kind.Link, 2)) return;
        var rest = text.AsSpan(at + 1);
        foreach (var protocol in Protocols)
        {
            if (!rest.StartsWith(protocol, StringComparison.OrdinalIgnoreCase)) continue;
            var end = rest.IndexOfAny(" ]\n<|");
            if (end < 0) break;
            // Without a label the link is only a number on the page.
            if (rest[end] == ']') at += end + 2;
            else if (Push(Kind.External, 1)) at += end;
            else break;
            return;
        }
        Literal(1);
    }

    private void CloseBracket()
    {
        if (frames.Count > 0 && frames[^1].Kind == Kind.External)
        {
            var frame = Pop();
            output.Append(output.Cut(frame.Start)[1..].AsSpan().Trim());
            at++;
        }
        else if (open[(int)Kind.Link] > 0 && at + 1 < text.Length && text[at + 1] == ']')
        {
            output.Append(WikiLink.Label(Parts(PopTo(Kind.Link))));
            at += 2;
        }
        else
        {
            Literal(1);
        }
    }

    private void Tag()
    {
        if (text.AsSpan(at).StartsWith("<!--"))
        {
            if (!SkipTo("-->", 4)) Literal(4);
            return;
        }
        if (HtmlTag.TryRead(text, at) is not { } tag)
        {
            Literal(1);
            return;
        }
        at += tag.Length;
        if (tag.Name == "table") Table(tag);
        else if (HtmlTag.IsRaw(tag.Name) && !tag.Closes && !tag.ClosesItself) Raw(tag.Name);
        else if (HtmlTag.BreaksLine(tag.Name)) output.Append('\n');
        else if (tag.Name is "br" or "td" or "th") output.Append(' ');
    }

    private void Table(HtmlTag tag)
    {
        if (!tag.Closes)
        {
            if (!tag.ClosesItself && frames.Count < DeepestNesting)
            {
                frames.Add(new Frame(Kind.HtmlTable, output.Length, output.Length));
                open[(int)Kind.HtmlTable]++;
            }
        }
        else if (open[(int)Kind.HtmlTable] > 0)
        {
            output.Cut(PopTo(Kind.HtmlTable).Start);
        }
    }

    /// <summary>Elements whose content is no wikitext: dropped, or kept as it stands (nowiki), or named (formulas).</summary>
    private void Raw(string name)
    {
        var start = at;
        if (!SkipTo("</" + name, 0)) return;
        var content = text.AsSpan(start, at - name.Length - 2 - start);
        var end = text.AsSpan(at).IndexOf('>');
        if (end >= 0 && end < 40) at += end + 1;
        if (name == "nowiki") output.Append(ProseLines.Protect(WebUtility.HtmlDecode(content.ToString())));
        else if (name is "math" or "chem" or "ce") output.Append($"formula_{++formulas}");
    }

    /// <summary>Moves behind the next occurrence. One that is not found is never looked for again, so that the work stays linear.</summary>
    private bool SkipTo(string end, int from)
    {
        if (unclosed.Contains(end)) return false;
        var found = text.AsSpan(at + from).IndexOf(end, StringComparison.OrdinalIgnoreCase);
        if (found < 0) unclosed.Add(end);
        else at += from + found + end.Length;
        return found >= 0;
    }

    private void Entity()
    {
        var window = text.AsSpan(at, Math.Min(LongestEntity, text.Length - at));
        var end = window.IndexOf(';');
        var decoded = end > 1 ? WebUtility.HtmlDecode(window[..(end + 1)].ToString()) : "&";
        if (decoded.Length > 2 || decoded.StartsWith('&'))
        {
            // No entity, or a spelled-out ampersand.
            Literal(1);
            if (decoded == "&" && end > 1) at += end;
            return;
        }
        output.Append(decoded is "\u00a0" or "\u200b" or "\u00ad" ? (decoded == "\u00a0" ? " " : "") : decoded);
        at += end + 1;
    }

    /// <summary>Two are italics, three bold, five both; others are apostrophes beside them.</summary>
    private void Quotes()
    {
        var run = Run('\'');
        var kept = run switch { 1 => 1, 4 => 1, > 5 => run - 5, _ => 0 };
        output.Append(text.AsSpan(at, kept));
        at += run;
    }

    /// <summary>Behaviour switches such as __NOTOC__.</summary>
    private void Switch()
    {
        var end = at + 2;
        while (end < text.Length && end - at < 30 && text[end] is >= 'A' and <= 'Z') end++;
        if (text.AsSpan(at).StartsWith("__") && end > at + 2 && text.AsSpan(end).StartsWith("__")) at = end + 2;
        else Literal(1);
    }
}
