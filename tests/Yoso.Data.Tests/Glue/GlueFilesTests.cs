// SPDX-License-Identifier: MIT
using System.IO.Compression;
using Yoso.Data.Glue;

namespace Yoso.Data.Tests.Glue;

public sealed class GlueFilesTests : IDisposable
{
    private const string Header = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Zip(params (string Name, string Content)[] entries)
    {
        var path = folder[Guid.NewGuid() + ".zip"];
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (var (name, content) in entries)
        {
            using var writer = new StreamWriter(zip.CreateEntry(name).Open());
            writer.Write(content);
        }
        return path;
    }

    [Fact]
    public void Unpack_TakesTheThreeFiles()
    {
        var archive = Zip(("RTE/train.tsv", "train"), ("RTE/dev.tsv", "dev"), ("RTE/test.tsv", "test"), ("__MACOSX/RTE/._train.tsv", "x"));

        var target = GlueFiles.Unpack(GlueTask.Rte, [archive], folder["glue"]);

        Assert.Equal(folder["glue/RTE"], target);
        Assert.Equal(["dev", "test", "train"], Directory.GetFiles(target).Order().Select(File.ReadAllText));
    }

    [Fact]
    public void Unpack_PrefersTheTasksFolder_ToTheOriginalsInIt()
    {
        var archive = Zip(
            ("MNLI/original/train.tsv", "other"), ("MNLI/train.tsv", "train"), ("MNLI/dev_matched.tsv", "m"), ("MNLI/dev_mismatched.tsv", "mm"),
            ("MNLI/test_matched.tsv", "tm"), ("MNLI/test_mismatched.tsv", "tmm"));

        Assert.Equal("train", File.ReadAllText(Path.Combine(GlueFiles.Unpack(GlueTask.Mnli, [archive], folder["glue"]), "train.tsv")));
    }

    [Fact]
    public void Unpack_WritesNothingOutsideItsFolder()
    {
        var archive = Zip(("../../train.tsv", "out"), ("../dev.tsv", "out"), ("/test.tsv", "out"));

        var target = GlueFiles.Unpack(GlueTask.Rte, [archive], folder["a/b/glue"]);

        Assert.Equal(3, Directory.GetFiles(target).Length);
        Assert.False(File.Exists(folder["train.tsv"]) || File.Exists(folder["a/dev.tsv"]) || File.Exists(folder["a/b/dev.tsv"]));
    }

    [Fact]
    public void Unpack_LeavesNothing_WhenAFileIsMissing()
    {
        var error = Assert.Throws<DataFormatException>(() => GlueFiles.Unpack(GlueTask.Rte, [Zip(("RTE/train.tsv", "train"), ("RTE/dev.tsv", "dev"))], folder["glue"]));

        Assert.Contains("has no test.tsv; this is not GLUE's RTE", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder["glue"]));
    }

    [Fact]
    public void Unpack_RefusesACutArchive()
    {
        var archive = Zip(("RTE/train.tsv", new string('a', 1000)), ("RTE/dev.tsv", "dev"), ("RTE/test.tsv", "test"));
        Archives.Truncate(archive, 0.5);

        Assert.Contains("is damaged or no zip archive", Assert.Throws<DataFormatException>(() => GlueFiles.Unpack(GlueTask.Rte, [archive], folder["glue"])).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder["glue"]));
    }

    [Fact]
    public void Unpack_MakesMrpcsSplits()
    {
        File.WriteAllText(folder["train.txt"], "\uFEFF" + Header + "1\t10\t20\ta \"q\t b\n0\t30\t40\tc\td\n1\t50\t60\te\tf\n");
        File.WriteAllText(folder["test.txt"], "\uFEFF" + Header + "1\t70\t80\tg\th\n");
        File.WriteAllText(folder["ids.tsv"], "30\t40\n");

        GlueFiles.Unpack(GlueTask.Mrpc, [folder["train.txt"], folder["test.txt"], folder["ids.tsv"]], folder["glue"]);

        GlueExamples Load(GlueSplit split) => GlueData.Load(folder["glue"], GlueTask.Mrpc, split);
        Assert.Equal([new GlueExample(0, "a \"q", "b", 1), new GlueExample(1, "e", "f", 1)], Load(GlueSplit.Train).Examples);
        Assert.Equal([new GlueExample(0, "c", "d", 0)], Load(GlueSplit.Dev).Examples);
        Assert.Equal([new GlueExample(0, "g", "h", null)], Load(GlueSplit.Test).Examples);
    }

    [Fact]
    public void Unpack_RefusesMrpc_WhenADevPairIsMissing()
    {
        File.WriteAllText(folder["train.txt"], Header + "1\t10\t20\ta\tb\n");
        File.WriteAllText(folder["ids.tsv"], "30\t40\n");

        var error = Assert.Throws<DataFormatException>(() => GlueFiles.Unpack(GlueTask.Mrpc, [folder["train.txt"], folder["train.txt"], folder["ids.tsv"]], folder["glue"]));
        Assert.Contains("has 0 of the 1 dev pairs", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryTask_HasAddressesAndTerms() => Assert.All(Enum.GetValues<GlueTask>(), task => Assert.All(GlueFiles.Of(task), file =>
    {
        Assert.Equal("https", file.Address.Scheme);
        Assert.NotEmpty(file.Licence);
    }));
}
