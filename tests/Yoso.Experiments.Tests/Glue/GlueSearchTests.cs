// SPDX-License-Identifier: MIT
using Yoso.Data;
using Yoso.Data.Glue;
using Yoso.Experiments.Glue;
using Yoso.Experiments.Pretraining;
using Yoso.Experiments.Runs;
using Yoso.Experiments.Tests.Training;
using Yoso.Models;
using Yoso.Models.Attention;
using Yoso.Models.Encoders;
using Yoso.Reports.Records;
using SafeTensors = Yoso.Models.WeightFiles.SafeTensors;

namespace Yoso.Experiments.Tests.Glue;

/// <summary>The whole search on written files with a tiny model.</summary>
[Collection("torch")]
public sealed class GlueSearchTests : IDisposable
{
    private static readonly string[] Good = ["good", "great", "fine", "lovely"];
    private static readonly string[] Bad = ["bad", "awful", "poor", "dreadful"];
    private static CorpusChoice Vocabulary => CorpusChoice.Documents.OfSamples(0);

    private readonly string _folder = Directory.CreateTempSubdirectory("yoso-glue-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Run_GivesTheBestPoint_ItsPredictions_AndSaysThatItWasChosen()
    {
        var outcome = Run("whole", GlueTask.Sst2, new CollectedEvents());
        var run = Path.Combine(_folder, "whole");
        var accuracy = outcome.Results.Single(r => r.Metric == "accuracy");

        Assert.Equal(("dev", 30), (accuracy.Split, accuracy.Count));
        Assert.True(accuracy.Value >= 80, $"{accuracy.Value} %");
        Assert.Equal(50, Assert.Single(outcome.Baselines).Value);
        Assert.Contains("best of 2", outcome.Protocol.Options["grid"], StringComparison.Ordinal);
        Assert.Equal("best of 2 x 3 evaluations on dev", outcome.Protocol.CheckpointRule);
        Assert.Equal("random weights", outcome.Protocol.Options["start"]);
        var test = File.ReadAllLines(Directory.GetFiles(run, "SST-2.tsv", SearchOption.AllDirectories).Single(f => f.Contains($"{Path.DirectorySeparatorChar}test{Path.DirectorySeparatorChar}", StringComparison.Ordinal)));
        Assert.Equal(["index\tprediction", "0\t1", "1\t0"], test);
        var metrics = File.ReadAllText(Directory.GetFiles(run, "metrics.csv", SearchOption.AllDirectories).Single());
        Assert.Equal(2, metrics.Split('\n').Count(l => l.Contains(",grid,", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(17)]
    public void Killed_AndStartedAgain_EndsWithTheSameBytes(int atStep)
    {
        Run("whole", GlueTask.Sst2, new CollectedEvents());
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Run("killed", GlueTask.Sst2, new CollectedEvents { AfterStep = step => { if (step == atStep) stop.Cancel(); } }, stop));
        var events = new CollectedEvents();

        Run("killed", GlueTask.Sst2, events);

        Assert.Contains(events.Notes, n => n.StartsWith("resumed at step", StringComparison.Ordinal));
        foreach (var name in (string[])["metrics.csv", "weights.safetensors"])
        {
            byte[] Bytes(string run) => File.ReadAllBytes(Directory.GetFiles(Path.Combine(_folder, run), name, SearchOption.AllDirectories).Single());
            Assert.True(Bytes("whole").AsSpan().SequenceEqual(Bytes("killed")), name);
        }
    }

    [Theory]
    [InlineData(GlueTask.Mnli, "accuracy", "accuracy-mm")]
    [InlineData(GlueTask.Stsb, "pearson", "spearman")]
    [InlineData(GlueTask.Cola, "mcc", "loss")]
    [InlineData(GlueTask.Mrpc, "f1", "accuracy")]
    public void Run_ScoresEachTaskByItsMetrics(GlueTask task, string first, string second)
    {
        var outcome = Run("run", task, new CollectedEvents());

        Assert.All((string[])[first, second], m => Assert.True(double.IsFinite(outcome.Results.Single(r => r.Metric == m).Value), m));
        Assert.Equal(task == GlueTask.Mnli, outcome.Results.Any(r => r.Metric == "accuracy-mm"));
        Assert.Equal(task != GlueTask.Stsb, outcome.Baselines.Count == 1);
    }

    [Fact]
    public void Imported_StartsFromTheFile_WhichIsPartOfTheData()
    {
        var place = new DataPlace(Path.Combine(_folder, "data"), Path.Combine(_folder, "mirror"));
        var choice = new GlueChoice { Task = GlueTask.Sst2, Weights = "bert/softmax" };
        WriteFiles(place.Mirror!, GlueTask.Sst2);
        Assert.Contains("weights/bert/softmax.safetensors in a folder named by --data-mirror: ./yoso import", choice.ToFetch(place)!.Reason, StringComparison.Ordinal);
        Assert.Null(choice.Find(place, Vocabulary));
        Assert.Contains("./yoso import", Assert.Throws<DataFormatException>(() => choice.Load(place, Vocabulary)).Message, StringComparison.Ordinal);

        WriteWeights(place.Mirror!, seed: 1);
        var first = choice.Find(place, Vocabulary);
        var events = new CollectedEvents();
        var outcome = Run("imported", GlueTask.Sst2, events, weights: "bert/softmax");
        WriteWeights(place.Mirror!, seed: 2);

        Assert.NotNull(first);
        Assert.NotEqual(first, choice.Find(place, Vocabulary));
        Assert.Null(choice.ToFetch(place));
        Assert.Equal("imported weights, bert/softmax", outcome.Protocol.Options["start"]);
        // All but the two of the head; the output layer that shares the token table is not counted twice.
        Assert.Contains("23 of 25 weights start from bert/softmax.safetensors", events.Notes);
        Assert.Contains("without starting weights: sen_class.bias, sen_class.weight", events.Notes);
    }

    [Fact]
    public void AnotherVocabulary_IsAnotherRun()
    {
        var mirror = Path.Combine(_folder, "mirror");
        var vocabulary = Path.Combine(mirror, "30k-corpus-uncased.model");
        var job = new Job("glue", "sst-2", "softmax-scratch", 1, "paper", "cpu");
        string? Key() => job.Inputs(new DataSets(_folder, mirror).Digest) is { } inputs ? Job.Key(inputs) : null;
        WriteFiles(mirror, GlueTask.Sst2);
        var without = Key();

        File.Copy(Path.Combine(SampleFolder.Locate(), "vocab", "spm8k.model"), vocabulary);
        var (first, again) = (Key(), Key());
        File.AppendAllBytes(vocabulary, [0xF8, 0x7F, 1]); // a field of the format's that has no meaning, so that the model stays readable

        Assert.Null(without);
        Assert.NotNull(first);
        Assert.Equal(first, again);
        Assert.NotEqual(first, Key());
        File.Delete(vocabulary);
        Assert.Contains("30k-corpus-uncased.model", Assert.Throws<DataFormatException>(() => job.Configuration.PrepareData(new DataPlace(_folder, mirror), null, CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Imported_OfAnotherSize_IsNamed()
    {
        WriteWeights(Path.Combine(_folder, "mirror"), seed: 1, hidden: 24);

        var message = Assert.Throws<InvalidDataException>(() => Run("imported", GlueTask.Sst2, new CollectedEvents(), weights: "bert/softmax")).Message;

        Assert.Contains("'model.backbone.backbone.encoders.0.ff.0.bias' is [24], the model has [32]", message, StringComparison.Ordinal);
    }

    private static void WriteWeights(string mirror, ulong seed, int hidden = 32)
    {
        var file = Path.Combine(mirror, "weights", "bert", "softmax.safetensors");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using var model = new LanguagePretrainingModel(Tiny(GlueConfigurations.Resolve("sst-2", "softmax", "smoke").Network) with { HiddenDim = hidden }, new Seed(seed));
        AtomicFile.Write(file, stream => SafeTensors.Write(stream, model));
    }

    private static LanguageModelOptions Tiny(LanguageModelOptions network) => network with
    {
        Dim = 16, EmbeddingDim = 16, HiddenDim = 32, HeadCount = 2, HeadDim = 8, LayerCount = 1, MaxLength = 16, Attention = new YosoOptions { HashCount = 4, HashCodeLength = 2 },
    };

    private RunOutcome Run(string name, GlueTask task, CollectedEvents events, CancellationTokenSource? stop = null, string? weights = null)
    {
        var mirror = Path.Combine(_folder, "mirror");
        WriteFiles(mirror, task);
        var info = GlueTaskInfo.Of(task);
        var smoke = GlueConfigurations.Resolve(info.Name, "softmax-scratch", "smoke");
        var run = smoke with
        {
            Data = new GlueChoice { Task = task, Weights = weights },
            Network = Tiny(smoke.Network),
            Grid = smoke.Grid with { LearningRates = [5e-3, 1e-2], BatchSizes = [16], Epochs = 3 },
        };
        var job = new Job("glue", info.Name, "softmax-scratch", 1, "smoke", "cpu");
        var context = new RunContext
        {
            Job = job,
            Data = run.Data.Load(new DataPlace(Path.Combine(_folder, "data"), mirror), run.Vocabulary),
            Folder = new RunFolder(Path.Combine(_folder, name), job, new string('a', 64)),
            Needs = [],
            Threads = 1,
            Events = events,
            Time = TimeProvider.System,
            CheckpointSeconds = 1000,
        };
        return run.Execute(context, stop?.Token ?? TestContext.Current.CancellationToken);
    }

    /// <summary>Sentences whose words tell their label; pairs repeat the sentence.</summary>
    private static void WriteFiles(string mirror, GlueTask task)
    {
        var folder = Path.Combine(mirror, GlueTaskInfo.Of(task).Folder);
        Directory.CreateDirectory(folder);
        string Sentence(int i) => $"the {(i % 2 == 1 ? Good : Bad)[i / 2 % 4]} thing number {i % 7}";
        IEnumerable<string> Rows(int count, Func<int, string> row) => Enumerable.Range(0, count).Select(row);
        void Write(string file, string header, int count, Func<int, string> row) =>
            File.WriteAllText(Path.Combine(folder, file), string.Join('\n', (header.Length == 0 ? [] : (string[])[header]).Concat(Rows(count, row))) + "\n");
        string Columns(params string[] values) => string.Join('\t', values);
        switch (task)
        {
            case GlueTask.Sst2:
                Write("train.tsv", "sentence\tlabel", 90, i => Columns(Sentence(i), $"{i % 2}"));
                Write("dev.tsv", "sentence\tlabel", 30, i => Columns(Sentence(i + 3), $"{(i + 3) % 2}"));
                Write("test.tsv", "index\tsentence", 2, i => Columns($"{i}", Sentence(i + 1)));
                break;
            case GlueTask.Cola:
                Write("train.tsv", "", 40, i => Columns("x", $"{i % 2}", "", Sentence(i)));
                Write("dev.tsv", "", 20, i => Columns("x", $"{i % 2}", "", Sentence(i)));
                break;
            case GlueTask.Mrpc:
                Write("train.tsv", "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String", 40, i => Columns($"{i % 2}", "1", "2", Sentence(i), Sentence(i)));
                Write("dev.tsv", "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String", 20, i => Columns($"{i % 2}", "1", "2", Sentence(i), Sentence(i)));
                break;
            case GlueTask.Stsb:
                const string Sts = "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore";
                Write("train.tsv", Sts, 40, i => Columns($"{i}", "g", "f", "y", "0", "s", "s", Sentence(i), Sentence(i), $"{i % 2 * 4}.5"));
                Write("dev.tsv", Sts, 20, i => Columns($"{i}", "g", "f", "y", "0", "s", "s", Sentence(i), Sentence(i), $"{i % 2 * 4}.5"));
                break;
            case GlueTask.Mnli:
                const string Nli = "index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\tsentence2_binary_parse\tsentence1_parse\tsentence2_parse\tsentence1\tsentence2";
                string[] labels = ["contradiction", "entailment", "neutral"];
                Write("train.tsv", Nli + "\tlabel1\tgold_label", 40, i => Columns($"{i}", "p", "q", "g", "a", "b", "c", "d", Sentence(i), Sentence(i), labels[i % 2], labels[i % 2]));
                foreach (var dev in (string[])["dev_matched.tsv", "dev_mismatched.tsv"])
                {
                    Write(dev, Nli + "\tlabel1\tlabel2\tlabel3\tlabel4\tlabel5\tgold_label", 20, i => Columns([$"{i}", "p", "q", "g", "a", "b", "c", "d", Sentence(i), Sentence(i), .. Enumerable.Repeat(labels[i % 2], 6)]));
                }

                break;
        }
    }
}
