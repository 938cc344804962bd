// SPDX-License-Identifier: MIT
using Yoso.Data.Tokenization;

namespace Yoso.Data.Corpora;

/// <summary>A document's ids, and where its segments end in them.</summary>
internal sealed record EncodedDocument(int Item, int Words, ushort[] Ids, int[] SegmentEnds);

/// <summary>Documents to ids, in the form that a corpus wants. Thread-safe.</summary>
internal sealed class DocumentEncoder(ITokenizer tokenizer, CorpusForm form, bool linesAreSentences)
{
    private readonly int[] newline = tokenizer.Encode("\n");

    internal EncodedDocument Encode(TextDocument document)
    {
        var ids = new List<int>();
        var ends = new List<int>();
        if (form == CorpusForm.Blocks) EncodeStream(document, ids);
        else EncodeSegments(document, ids, ends);
        var narrow = new ushort[ids.Count];
        for (var i = 0; i < narrow.Length; i++) narrow[i] = (ushort)ids[i];
        return new EncodedDocument(document.Item, document.Words, narrow, [.. ends]);
    }

    /// <summary>Lines with line ends and a blank line after the text, as if the whole part were tokenised at once.</summary>
    private void EncodeStream(TextDocument document, List<int> ids)
    {
        foreach (var line in document.Lines)
        {
            tokenizer.Encode(line, ids);
            ids.AddRange(newline);
        }
        if (document.Ends) ids.AddRange(newline);
    }

    private void EncodeSegments(TextDocument document, List<int> ids, List<int> ends)
    {
        foreach (var line in document.Lines)
        {
            foreach (var segment in linesAreSentences ? [line] : SentenceSplitter.Split(line))
            {
                var before = ids.Count;
                tokenizer.Encode(segment, ids);
                if (ids.Count > before) ends.Add(ids.Count);
            }
        }
    }
}
