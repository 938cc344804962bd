// SPDX-License-Identifier: MIT
using System.Text.Json.Serialization;

namespace Yoso.Data.Corpora;

[JsonConverter(typeof(JsonStringEnumConverter<CorpusForm>))]
public enum CorpusForm
{
    /// <summary>One stream of tokens a part, cut into blocks of equal length across document borders (RoBERTa's masked language model).</summary>
    [JsonStringEnumMemberName("blocks")] Blocks,
    /// <summary>Documents of segments (BERT's masked language model with sentence order).</summary>
    [JsonStringEnumMemberName("documents")] Documents,
}
