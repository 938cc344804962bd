// SPDX-License-Identifier: MIT
using System.Text.Json.Serialization;

namespace Yoso.Data.Tokenization;

[JsonConverter(typeof(JsonStringEnumConverter<TokenizerKind>))]
public enum TokenizerKind
{
    /// <summary>WordPiece as BERT uncased: vocab.txt.</summary>
    [JsonStringEnumMemberName("bert-uncased")] BertUncased,
    /// <summary>Byte-level BPE with GPT-2's ids: encoder.json and vocab.bpe.</summary>
    [JsonStringEnumMemberName("gpt2")] Gpt2,
    /// <summary>The same segmentation with RoBERTa's special ids; docs/tokenizers.md says where the other ids come from.</summary>
    [JsonStringEnumMemberName("roberta")] Roberta,
    /// <summary>A sentencepiece unigram model, as ALBERT and upstream's BERT path use.</summary>
    [JsonStringEnumMemberName("sentencepiece")] SentencePiece,
}
