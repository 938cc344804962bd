// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Reports.Records;

namespace Yoso.Reports.Tests;

public sealed class RunRecordSchemaTests
{
    /// <summary>A changed record changes the published schema: write the new text there and, where old files no longer read, raise the version.</summary>
    [Fact]
    public void PublishedSchema_IsThatOfTheRecord() => Assert.Equal(File.ReadAllText(Published()).ReplaceLineEndings("\n"), RunRecordSchema.Text());

    private static string Published([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "docs", "run-record.schema.json"));
}
