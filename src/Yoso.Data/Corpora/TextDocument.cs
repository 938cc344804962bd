// SPDX-License-Identifier: MIT
namespace Yoso.Data.Corpora;

/// <summary>A document of a source: its lines without line ends, none of them blank.</summary>
/// <param name="Item">Which item of its chunk it is, from 0; items that give no document are counted.</param>
/// <param name="Ends">Whether the text ends here; a text of many lines goes on in the next document.</param>
internal sealed record TextDocument(int Item, IReadOnlyList<string> Lines, bool Ends = true)
{
    /// <summary>Words as upstream counts them: at white space.</summary>
    internal int Words => Lines.Sum(CountWords);

    internal static int CountWords(string line)
    {
        var (words, inWord) = (0, false);
        foreach (var c in line)
        {
            var space = char.IsWhiteSpace(c);
            if (!space && !inWord) words++;
            inWord = !space;
        }
        return words;
    }
}
