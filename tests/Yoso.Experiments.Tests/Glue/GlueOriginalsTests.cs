// SPDX-License-Identifier: MIT
using System.IO.Compression;
using Yoso.Data.Glue;
using Yoso.Experiments.Glue;
using Yoso.Experiments.Pretraining;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Tests.Glue;

public sealed class GlueOriginalsTests : IDisposable
{
    private static readonly GlueTaskInfo Rte = GlueTaskInfo.Of(GlueTask.Rte);
    private readonly string _folder = Directory.CreateTempSubdirectory("yoso-glue-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static CorpusChoice Vocabulary => CorpusChoice.Documents.OfSamples(0);

    private DataPlace Place(string? mirror) => new(Path.Combine(_folder, "data"), mirror is null ? null : Path.Combine(_folder, mirror));

    [Fact]
    public void Fetch_UnpacksTheMirrorsArchive()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "mirror"));
        using (var zip = ZipFile.Open(Path.Combine(_folder, "mirror", "RTE.zip"), ZipArchiveMode.Create))
        {
            foreach (var (name, label) in new[] { ("train", "\tlabel"), ("dev", "\tlabel"), ("test", "") })
            {
                using var text = new StreamWriter(zip.CreateEntry($"RTE/{name}.tsv").Open());
                text.Write($"index\tsentence1\tsentence2{label}\n0\ta\tb{(label.Length > 0 ? "\tentailment" : "")}\n");
            }
        }

        var place = Place("mirror");
        Assert.Null(GlueOriginals.Find(place, Rte));
        Assert.Null(GlueOriginals.ToFetch(place, Rte));
        var choice = new GlueChoice { Task = GlueTask.Rte };
        Assert.Null(choice.Find(place, Vocabulary));

        var data = choice.Prepare(place, Vocabulary, CancellationToken.None);

        Assert.Equal(Path.Combine(place.Root, "glue"), GlueOriginals.Find(place, Rte));
        Assert.Equal((1, 1, 1), (data.Train.Examples.Count, data.Dev.Single().Examples.Count, data.Test.Single().Examples.Count));
        Assert.Equal(data.Manifest.Digest, choice.Find(place, Vocabulary));
        Assert.True(data.IsWhole());
    }

    [Theory]
    [InlineData("mirror/GLUE/RTE")]
    [InlineData("mirror/RTE")]
    public void Find_TakesUnpackedFilesOfAMirror(string folder)
    {
        Directory.CreateDirectory(Path.Combine(_folder, folder));
        foreach (var name in (string[])["train.tsv", "dev.tsv"]) File.WriteAllText(Path.Combine(_folder, folder, name), "");

        Assert.Equal(Path.GetDirectoryName(Path.Combine(_folder, folder)), GlueOriginals.Find(Place("mirror"), Rte));
    }

    [Fact]
    public void ToFetch_NamesAddressesAndTerms()
    {
        var missing = GlueOriginals.ToFetch(Place(null), GlueTaskInfo.Of(GlueTask.Mrpc))!;

        Assert.Contains("msr_paraphrase_train.txt", missing.What, StringComparison.Ordinal);
        Assert.Contains("not to be redistributed", missing.Licence, StringComparison.Ordinal);
        Assert.False(missing.ByHand);
    }
}
