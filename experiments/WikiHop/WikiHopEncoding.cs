// SPDX-License-Identifier: MIT
using Yoso.Data.Glue;
using Yoso.Data.Tokenization;

namespace Yoso.Experiments.WikiHop;

/// <summary>The windows of a split, and how many items it has: an item without a window cannot be answered and counts as wrong.</summary>
internal sealed record WikiHopSplit(int ItemCount, IReadOnlyList<WikiHopWindow> Windows)
{
    /// <summary>Items of which nothing fits a sequence.</summary>
    public int Unreadable => ItemCount - Windows.Select(w => w.Item).Distinct().Count();
}

/// <summary>Items to windows, with four new tokens behind the vocabulary in upstream's order.</summary>
internal sealed class WikiHopEncoding(ITokenizer tokenizer, int maxLength, bool dropOverflowing)
{
    /// <summary>answer, /answer, question, /question.</summary>
    public const int MarkCount = 4;

    private readonly WikiHopTokens _marks = new(
        AnswerStart: tokenizer.VocabularySize,
        AnswerEnd: tokenizer.VocabularySize + 1,
        QuestionStart: tokenizer.VocabularySize + 2,
        QuestionEnd: tokenizer.VocabularySize + 3,
        Separator: tokenizer.Special.End);

    public WikiHopSplit Encode(IReadOnlyList<WikiHopItem> items)
    {
        var windows = new IReadOnlyList<WikiHopWindow>[items.Count];
        Parallel.For(0, items.Count, i => windows[i] = WikiHopData.Windows(items[i], i, text => tokenizer.Encode(text), _marks, maxLength, dropOverflowing));
        return new WikiHopSplit(items.Count, [.. windows.SelectMany(w => w)]);
    }
}
