// SPDX-License-Identifier: MIT
using Yoso.Data.ListOps;

namespace Yoso.Data.Tests.ListOps;

public sealed class ListOpsDataSetTests : IDisposable
{
    private static readonly ListOpsOptions Smoke =
        new() { MinLength = 10, MaxLength = 60, TrainCount = 30, DevCount = 10, TestCount = 10, PaddedLength = 64 };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private ClassificationData Prepare(ListOpsOptions options, string? mirror = null) =>
        ListOpsDataSet.Prepare(options, folder["data"], mirror, cancellation: TestContext.Current.CancellationToken);

    private string Only(string pattern) => Assert.Single(Directory.GetFileSystemEntries(folder["data"], pattern, SearchOption.AllDirectories));

    [Fact]
    public void Prepare_WritesOnce_AndOpensAfterwards()
    {
        var first = Prepare(Smoke);
        var written = File.GetLastWriteTimeUtc(Only("train.seq"));
        var second = Prepare(Smoke);

        Assert.Equal(written, File.GetLastWriteTimeUtc(Only("train.seq")));
        Assert.Equal((30, 10, 10), (second.Train.Count, second.Dev.Count, second.Test.Count));
        Assert.Equal((30, 10, 10), (second.Manifest.TrainCount, second.Manifest.DevCount, second.Manifest.TestCount));
        Assert.Equal((DataKind.Generated, "listops"), (second.Manifest.Kind, second.Manifest.Name));
        Assert.Equal(first.Manifest.Digest, second.Manifest.Digest);
        Assert.Equal(64, second.Manifest.Digest.Length);
        Assert.Contains("\"minLength\": 10", File.ReadAllText(Only("manifest.json")), StringComparison.Ordinal);
        Assert.Equal(["dev.seq", "manifest.json", "test.seq", "train.seq"],
            Directory.GetFiles(Path.GetDirectoryName(Only("train.seq"))!).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Prepare_MakesItAnew_WhenAFileIsTorn()
    {
        var digest = Prepare(Smoke).Manifest.Digest;
        var torn = Only("dev.seq");
        File.WriteAllBytes(torn, File.ReadAllBytes(torn)[..^5]);

        Assert.Throws<DataFormatException>(() => ClassificationData.Open(Path.GetDirectoryName(torn)!));
        Assert.Equal(digest, Prepare(Smoke).Manifest.Digest);
        Prepare(Smoke).Dev.Verify();
    }

    [Fact]
    public void Prepare_DeletesWhatAKilledProcessLeft_ButNotWhatARunningOneWrites()
    {
        Directory.CreateDirectory(folder["data/listops/.0123456789ab.old.partial"]);
        Directory.CreateDirectory(folder["data/listops/.0123456789ab.new.partial"]);
        Directory.SetLastWriteTimeUtc(folder["data/listops/.0123456789ab.old.partial"], DateTime.UtcNow.AddDays(-2));

        Prepare(Smoke);

        Assert.False(Directory.Exists(folder["data/listops/.0123456789ab.old.partial"]));
        Assert.True(Directory.Exists(folder["data/listops/.0123456789ab.new.partial"]));
    }

    [Fact]
    public void Find_KnowsThePreparedDataSet_AndMakesNone()
    {
        Assert.Null(ListOpsDataSet.Find(Smoke, folder["data"]));
        Assert.False(Directory.Exists(folder["data"]));

        var digest = Prepare(Smoke).Manifest.Digest;

        Assert.Equal(digest, ListOpsDataSet.Find(Smoke, folder["data"])!.Digest);
        Assert.Null(ListOpsDataSet.Find(Smoke with { Seed = 2 }, folder["data"]));
    }

    [Fact]
    public void Prepare_LeavesNothing_WhenCancelled()
    {
        Assert.ThrowsAny<OperationCanceledException>(() =>
            ListOpsDataSet.Prepare(Smoke, folder["data"], cancellation: new CancellationToken(true)));

        Assert.Equal([folder["data/listops"]], Directory.GetFileSystemEntries(folder["data"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Prepare_UsesTheRelease_WhenTheMirrorHoldsIt()
    {
        var own = new ListOpsOptions { TrainCount = 20, DevCount = 5, TestCount = 5, Seed = 9 };
        var (train, dev, test) = ListOpsGenerator.Generate(own, cancellation: TestContext.Current.CancellationToken);
        var release = Directory.CreateDirectory(folder["mirror/lra_release/listops-1000"]).FullName;
        ListOpsTsv.Write(Path.Combine(release, "basic_train.tsv"), train);
        ListOpsTsv.Write(Path.Combine(release, "basic_val.tsv"), dev);

        Assert.Contains("basic_test.tsv is missing", Assert.Throws<DataFormatException>(() => Prepare(own, folder["mirror"])).Message, StringComparison.Ordinal);
        ListOpsTsv.Write(Path.Combine(release, "basic_test.tsv"), test);
        var data = Prepare(own with { Seed = 1 }, folder["mirror"]);

        Assert.Equal(DataKind.Original, data.Manifest.Kind);
        Assert.Equal((train.Digest, dev.Digest, test.Digest), (data.Train.Digest, data.Dev.Digest, data.Test.Digest));
        Assert.Equal(3, data.Manifest.Files!.Count);
        Assert.Equal(DataKind.Generated, Prepare(Smoke, folder["mirror"]).Manifest.Kind);
    }

    [Fact]
    public void Open_Refuses_SplitsOfAnotherManifest()
    {
        Prepare(Smoke);
        var own = Path.GetDirectoryName(Only("train.seq"))!;
        Prepare(Smoke with { Seed = 2 });
        var other = Directory.GetDirectories(folder["data/listops"]).Single(path => path != own);
        File.Copy(Path.Combine(other, "dev.seq"), Path.Combine(own, "dev.seq"), overwrite: true);

        Assert.Contains("not those of its manifest", Assert.Throws<DataFormatException>(() => ClassificationData.Open(own)).Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(own, "manifest.json"), "{");
        Assert.Contains("not a valid manifest", Assert.Throws<DataFormatException>(() => ClassificationData.Open(own)).Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(own, "manifest.json"), """{"schemaVersion":9,"name":"","kind":"sample","licence":"","source":""}""");
        Assert.Contains("schema version 9", Assert.Throws<DataFormatException>(() => ClassificationData.Open(own)).Message, StringComparison.Ordinal);
    }
}
