// SPDX-License-Identifier: MIT
namespace Yoso.Data.Corpora;

/// <summary>How far a preparation is.</summary>
/// <param name="File">The file being read.</param>
/// <param name="BytesRead">Of that file.</param>
/// <param name="Words">Of all parts, those of an earlier run included.</param>
public sealed record CorpusProgress(string File, long BytesRead, long BytesTotal, long Words, long Documents, int Parts);
