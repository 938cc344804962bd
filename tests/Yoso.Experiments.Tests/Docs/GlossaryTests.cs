// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Models.Attention;

namespace Yoso.Experiments.Tests.Docs;

public sealed class GlossaryTests
{
    public static TheoryData<string> Words =>
    [
        nameof(YosoOptions), nameof(YosoExpectationOptions), nameof(YosoOptions.HashCount), nameof(YosoOptions.HashCodeLength), nameof(YosoOptions.ConvWindow),
        nameof(NystromformerOptions), nameof(NystromformerOptions.LandmarkCount), nameof(LinformerOptions), nameof(LinformerOptions.ProjectedLength),
        nameof(LongformerOptions), nameof(LongformerOptions.WindowSize), nameof(PerformerOptions), nameof(PerformerOptions.FeatureCount),
        nameof(ReformerOptions), nameof(ReformerOptions.ChunkLength),
        .. Enum.GetNames<YosoGradientMode>(), .. Enum.GetNames<HashSampler>(),
    ];

    [Theory]
    [MemberData(nameof(Words))]
    public void Glossary_HasEveryHyperParameter(string word) => Assert.Contains($"`{word}`", Text(), StringComparison.Ordinal);

    private static string Text([CallerFilePath] string here = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "docs", "glossary.md"));
}
