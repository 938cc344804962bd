// SPDX-License-Identifier: MIT
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Yoso.Experiments.Runs;

/// <summary>
/// SHA-256 over the token streams of the source files that can change a result. The sources are embedded in this program when
/// it is compiled, so the digest is that of the code that runs; comments, white space and line ends do not count.
/// </summary>
internal static class CodeDigest
{
    private const string Prefix = "source/";
    private static readonly Lazy<IReadOnlyDictionary<string, string>> Files = new(ReadAll);

    /// <summary>Embedded path ("src/Yoso.Models/Seed.cs") to the digest of its token stream.</summary>
    public static IReadOnlyDictionary<string, string> FileDigests => Files.Value;

    /// <summary>One digest over the files that <paramref name="selects"/> accepts, in ordinal order of their paths.</summary>
    public static string Of(Func<string, bool> selects) => Combine(FileDigests.Where(f => selects(f.Key)));

    internal static string Combine(IEnumerable<KeyValuePair<string, string>> files)
    {
        var lines = files.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => $"{f.Key} {f.Value}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines))));
    }

    internal static string OfText(string source) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Tokens(source)))));

    private static Dictionary<string, string> ReadAll()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var digests = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            digests[name[Prefix.Length..].Replace('\\', '/')] = OfText(reader.ReadToEnd());
        }

        return digests;
    }

    /// <summary>
    /// C# (and CUDA C++) tokens, coarse: words and numbers whole, every other character alone, string and character literals
    /// whole, comments and white space dropped. Enough to tell whether a program changed.
    /// </summary>
    internal static IEnumerable<string> Tokens(string source)
    {
        var text = source.Replace("\r\n", "\n", StringComparison.Ordinal);
        for (var i = 0; i < text.Length;)
        {
            var end = i + 1;
            if (char.IsWhiteSpace(text[i]))
            {
                i++;
                continue;
            }

            if (text[i] == '/' && i + 1 < text.Length && text[i + 1] is '/' or '*')
            {
                i = EndOfComment(text, i);
                continue;
            }

            if (text[i] is '"' or '\'')
            {
                end = EndOfLiteral(text, i);
            }
            else if (char.IsLetterOrDigit(text[i]) || text[i] is '_' or '@')
            {
                while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] is '_'))
                {
                    end++;
                }
            }

            yield return text[i..end];
            i = end;
        }
    }

    private static int EndOfComment(string text, int start)
    {
        var close = text[start + 1] == '/' ? text.IndexOf('\n', start) : text.IndexOf("*/", start + 2, StringComparison.Ordinal);
        return close < 0 ? text.Length : close + (text[start + 1] == '/' ? 1 : 2);
    }

    private static int EndOfLiteral(string text, int start)
    {
        var quote = text[start];
        var quotes = 0;
        while (quote == '"' && start + quotes < text.Length && text[start + quotes] == '"')
        {
            quotes++;
        }

        if (quotes >= 3)
        {
            var close = text.IndexOf(new string('"', quotes), start + quotes, StringComparison.Ordinal);
            return close < 0 ? text.Length : close + quotes;
        }

        var verbatim = start > 0 && (text[start - 1] == '@' || (text[start - 1] == '$' && start > 1 && text[start - 2] == '@'));
        for (var i = start + 1; i < text.Length; i++)
        {
            if (text[i] == '\\' && !verbatim)
            {
                i++;
            }
            else if (text[i] == quote)
            {
                if (!verbatim || i + 1 >= text.Length || text[i + 1] != quote)
                {
                    return i + 1;
                }

                i++;
            }
            else if (text[i] == '\n' && !verbatim)
            {
                return i;
            }
        }

        return text.Length;
    }
}
