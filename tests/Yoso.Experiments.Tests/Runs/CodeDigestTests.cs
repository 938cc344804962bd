// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Tests.Runs;

public sealed class CodeDigestTests
{
    private const string Source = "var x = 1; // one\nvar s = \"a // b\";\n";

    [Theory]
    [InlineData("var x = 1;\nvar s = \"a // b\";")]
    [InlineData("/* head */ var  x=1 ;\r\n\r\nvar s = \"a // b\"; // tail")]
    public void OfText_IsEqual_WhenOnlyCommentsAndWhiteSpaceDiffer(string edited) =>
        Assert.Equal(CodeDigest.OfText(Source), CodeDigest.OfText(edited));

    [Theory]
    [InlineData("var x = 2; var s = \"a // b\";")]
    [InlineData("var x = 1; var s = \"a // c\";")]
    [InlineData("var x = 1; var s = \"a  // b\";")]
    [InlineData("varx = 1; var s = \"a // b\";")]
    public void OfText_Differs_WhenATokenDiffers(string edited) =>
        Assert.NotEqual(CodeDigest.OfText(Source), CodeDigest.OfText(edited));

    [Theory]
    [InlineData("a = @\"c:\\\"; b = 1; // x", "a = @\"c:\\\"; b = 1;")]
    [InlineData("a = \"\"\"\n// kept\n\"\"\"; // x", "a = \"\"\"\n// kept\n\"\"\";")]
    [InlineData("a = '\"'; // \"", "a = '\"';")]
    [InlineData("a = \"\\\"//\"; // y", "a = \"\\\"//\";")]
    public void Tokens_KeepLiteralsWhole_WhenTheyHoldSlashesOrQuotes(string commented, string plain) =>
        Assert.Equal(CodeDigest.Tokens(plain), CodeDigest.Tokens(commented));

    [Fact]
    public void FileDigests_HoldTheSourcesThatCanChangeAResult()
    {
        Assert.Contains("src/Yoso.Models/Seed.cs", CodeDigest.FileDigests.Keys);
        Assert.Contains("experiments/Training/Trainer.cs", CodeDigest.FileDigests.Keys);
        Assert.DoesNotContain(CodeDigest.FileDigests.Keys, k => k.Contains("/obj/", StringComparison.Ordinal));
    }

    /// <summary>A file that a run says it depends on, but that is not embedded, would change results under an old key.</summary>
    [Theory]
    [InlineData("lra/text/softmax", "experiments/LongRangeArena/LraBatch.cs")]
    [InlineData("pretrain/bert/softmax", "experiments/Pretraining/PretrainTask.cs")]
    [InlineData("glue/sst-2/softmax", "experiments/Glue/GlueFineTuning.cs")]
    [InlineData("qa/wikihop/softmax", "experiments/WikiHop/WikiHopFineTuning.cs")]
    public void FileDigests_HoldWhatARunReaches(string job, string example)
    {
        var configuration = JobSelection.Jobs([job], [], [1], "smoke", "cpu")[^1].Configuration;
        var root = Root();
        string[] reached = [.. Directory.EnumerateFiles(Path.Combine(root, "experiments"), "*.cs", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(root, f).Replace('\\', '/')).Where(configuration.Reaches)];

        Assert.Contains(example, reached);
        Assert.All(reached, file => Assert.Contains(file, CodeDigest.FileDigests.Keys));
    }

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));

    [Fact]
    public void Combine_DoesNotDependOnOrder()
    {
        KeyValuePair<string, string>[] files = [new("a", "1"), new("b", "2")];

        Assert.Equal(CodeDigest.Combine(files), CodeDigest.Combine(files.Reverse()));
    }
}
