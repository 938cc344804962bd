// SPDX-License-Identifier: MIT
using Yoso.Data.Glue;
using Yoso.Data.Tokenization;
using Yoso.Models.Encoders;

namespace Yoso.Experiments.Glue;

/// <summary>An example as token ids with markers.</summary>
/// <param name="FirstLength">Tokens of type 0; all in RoBERTa and in tasks of one text.</param>
/// <param name="Target">Class or score; NaN in test files.</param>
internal sealed record EncodedExample(int[] Tokens, int FirstLength, float Target);

/// <summary>Texts to tokens, in upstream's two ways.</summary>
internal sealed class GlueEncoding(ITokenizer tokenizer, LanguageModelStyle style, int maxLength, bool padded)
{
    public EncodedExample Encode(GlueExample example)
    {
        var first = tokenizer.Encode(Text(example.First)).ToList();
        var second = example.Second is null ? null : tokenizer.Encode(Text(example.Second)).ToList();
        var target = example.Target ?? float.NaN;
        return style == LanguageModelStyle.Bert ? Bert(first, second, target) : Roberta(first, second, target);
    }

    /// <summary>[CLS] a [SEP] b [SEP]; room for three markers is kept in tasks of one text too.</summary>
    private EncodedExample Bert(List<int> first, List<int>? second, float target)
    {
        Truncate(first, second, maxLength - 3);
        var special = tokenizer.Special;
        int[] head = [special.Start, .. first, special.End];
        return second is null ? new EncodedExample(head, head.Length, target) : new EncodedExample([.. head, .. second, special.End], head.Length, target);
    }

    /// <summary>&lt;s&gt; a &lt;/s&gt;, or &lt;s&gt; a &lt;/s&gt;&lt;/s&gt; b &lt;/s&gt;; padded where padding is attended to.</summary>
    private EncodedExample Roberta(List<int> first, List<int>? second, float target)
    {
        Truncate(first, second, maxLength - (second is null ? 2 : 4));
        var special = tokenizer.Special;
        List<int> tokens = [special.Start, .. first, special.End];
        if (second is not null)
        {
            tokens.AddRange([special.End, .. second, special.End]);
        }

        if (padded)
        {
            tokens.AddRange(Enumerable.Repeat(special.Pad, maxLength - tokens.Count));
        }

        return new EncodedExample([.. tokens], tokens.Count, target);
    }

    /// <summary>The longer text loses its end token by token, the second where both are equal.</summary>
    private static void Truncate(List<int> first, List<int>? second, int room)
    {
        while (first.Count + (second?.Count ?? 0) > room)
        {
            var longer = second is null || first.Count > second.Count ? first : second;
            longer.RemoveAt(longer.Count - 1);
        }
    }

    /// <summary>Upstream lower-cases for BERT, whose vocabulary has no capitals.</summary>
    private string Text(string text) => style == LanguageModelStyle.Bert ? text.ToLowerInvariant() : text;
}
