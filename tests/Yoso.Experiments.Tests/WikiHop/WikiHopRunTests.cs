// SPDX-License-Identifier: MIT
using System.Text.Json;
using TorchSharp;
using Yoso.Data;
using Yoso.Data.Glue;
using Yoso.Experiments.Glue;
using Yoso.Experiments.Pretraining;
using Yoso.Experiments.Runs;
using Yoso.Experiments.Tests.Pretraining;
using Yoso.Experiments.Tests.Training;
using Yoso.Experiments.Training;
using Yoso.Experiments.WikiHop;
using Yoso.Models;
using Yoso.Models.Attention;
using Yoso.Models.Encoders;
using Yoso.Reports.Records;
using SafeTensors = Yoso.Models.WeightFiles.SafeTensors;

namespace Yoso.Experiments.Tests.WikiHop;

/// <summary>The whole fine-tuning on written files with a tiny model.</summary>
[Collection("torch")]
public sealed class WikiHopRunTests : IDisposable
{
    private static readonly string[] Places = ["oslo", "rome", "paris"];
    private readonly string _folder = Directory.CreateTempSubdirectory("yoso-wikihop-").FullName;

    private static CorpusChoice Vocabulary => CorpusChoice.Blocks(510);

    private DataPlace Place => new(Path.Combine(_folder, "data"), Path.Combine(_folder, "mirror"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Run_LearnsWhichCandidateAnswers()
    {
        var events = new CollectedEvents();

        var outcome = Run("whole", events, epochs: 12);

        var accuracy = outcome.Results.Single(r => r.Metric == "accuracy");
        Assert.Equal(("dev", 12), (accuracy.Split, accuracy.Count));
        Assert.True(accuracy.Value >= 75, $"{accuracy.Value} %");
        Assert.Equal(100 / 3.0, Assert.Single(outcome.Baselines).Value, 1e-9);
        Assert.Equal("best of 12 evaluations on dev", outcome.Protocol.CheckpointRule);
        Assert.Equal(("random weights", "left out, as upstream"), (outcome.Protocol.Options["start"], outcome.Protocol.Options["overflowing-support"]));
        Assert.Contains(events.Notes, n => n.StartsWith("dev: 12 items in 24 windows", StringComparison.Ordinal));
    }

    [Fact]
    public void Killed_AndStartedAgain_EndsWithTheSameBytes_WithDropoutHashesAndParts()
    {
        Run("whole", new CollectedEvents(), epochs: 2, draws: true);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Run("killed", new CollectedEvents { AfterStep = step => { if (step == 7) stop.Cancel(); } }, epochs: 2, stop: stop, draws: true));
        var events = new CollectedEvents();

        Run("killed", events, epochs: 2, draws: true);

        Assert.Contains(events.Notes, n => n.StartsWith("resumed at step 7", StringComparison.Ordinal));
        foreach (var name in (string[])["metrics.csv", "weights.safetensors"])
        {
            byte[] Bytes(string run) => File.ReadAllBytes(Directory.GetFiles(Path.Combine(_folder, run), name, SearchOption.AllDirectories).Single());
            Assert.True(Bytes("whole").AsSpan().SequenceEqual(Bytes("killed")), name);
        }
    }

    [Fact]
    public void Parts_OfABatch_AddUpToItsGradient()
    {
        float[] Gradient(int microBatch)
        {
            WriteFiles();
            var run = Tiny();
            var encoding = new WikiHopEncoding(run.Vocabulary.Tokenizer(Place), run.Network.MaxLength, dropOverflowing: true);
            var split = encoding.Encode(run.Data.Load(Place, run.Vocabulary).Train);
            var network = run.Network with { DropoutProbability = 0, Attention = new SoftmaxOptions() };
            var options = run.Grid.Training(run.Grid.Points[0], split.Windows.Count) with { MicroBatchSize = microBatch };
            using var task = new WikiHopFineTuning(network, split, split, options, torch.CPU, new Seed(1));
            task.AccumulateGradients(0);
            return [.. task.Parameters[0].grad!.data<float>()];
        }

        var (whole, parts) = (Gradient(8), Gradient(3));

        Assert.True(whole.Max(Math.Abs) > 0);
        Assert.All(whole.Zip(parts), p => Assert.Equal(p.First, p.Second, 1e-5f)); // float32 sums in another order
    }

    [Fact]
    public void Evaluate_SumsTheLogitsOfAnItemsWindows()
    {
        var network = Tiny().Network;
        var pick = new Random(3);
        // Items with other numbers of candidates and windows, in an order that mixes them.
        WikiHopWindow[] windows =
        [
            .. ((int[])[0, 1, 0, 2, 3, 1, 2, 4, 3, 0])
                .Select(i => new WikiHopWindow(i, [.. Enumerable.Range(0, 20 + (5 * i)).Select(_ => pick.Next(network.VocabularySize))], [.. Enumerable.Range(0, 2 + i).Select(c => 3 * c)], 0)),
        ];
        using var model = new TokenScorer(network, new Seed(2).Derive("weights"));
        double[][] alone = [.. windows.Select(w => LogitsAlone(model, w, network.MaxLength))];
        int Best(int item, Func<int, bool> counts)
        {
            var sums = Enumerable.Range(0, 2 + item).Select(c => Enumerable.Range(0, windows.Length).Where(i => windows[i].Item == item && counts(i)).Sum(i => alone[i][c])).ToArray();
            return Array.IndexOf(sums, sums.Max());
        }

        // Right answers are those of the sums: all but the sixth item, which has no window.
        windows = [.. windows.Select(w => w with { Answer = Best(w.Item, _ => true) })];
        Assert.Contains(Enumerable.Range(0, windows.Length), i => Array.FindLastIndex(windows, w => w.Item == windows[i].Item) == i && Best(windows[i].Item, j => j == i) != windows[i].Answer); // the last window alone would not do
        using var task = new WikiHopFineTuning(network, new WikiHopSplit(5, windows), new WikiHopSplit(6, windows), Tiny().Grid.Training(new GridPoint(1, 3), 10) with { MicroBatchSize = 3 }, torch.CPU, new Seed(2));

        var score = task.Evaluate("dev", CancellationToken.None);

        Assert.Equal((100.0 * 5 / 6, 6), (score.Accuracy, score.Count));
        Assert.Equal(windows.Zip(alone).Average(w => Math.Log(w.Second.Sum(Math.Exp)) - w.Second[w.First.Answer]), score.Loss, 1e-4);
    }

    private static double[] LogitsAlone(TokenScorer model, WikiHopWindow window, int maxLength)
    {
        using var ungraded = torch.no_grad();
        model.eval();
        var ids = torch.tensor(window.TokenIds.Select(t => (long)t).ToArray());
        var logits = model.call(new PackedTokens(ids, torch.arange(ids.shape[0]), SequenceOffsets.FromLengths(window.TokenIds.Length), maxLength), new Seed(9)).data<float>().ToArray();
        return [.. window.CandidatePositions.Select(p => (double)logits[p])];
    }

    [Fact]
    public void Imported_KeepsTheOldTokens_RepeatsThePositions_AndDrawsTheNewTokens()
    {
        var run = Tiny();
        var old = run.Network with { VocabularySize = run.Network.VocabularySize - 4, MaxLength = run.Network.MaxLength / 2 };
        var file = Path.Combine(_folder, "old", "model.safetensors");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using var source = new LanguagePretrainingModel(old, new Seed(5));
        AtomicFile.Write(file, stream => SafeTensors.Write(stream, source));
        using var model = new TokenScorer(run.Network, new Seed(1).Derive("weights"));
        using var untouched = new TokenScorer(run.Network, new Seed(1).Derive("weights"));

        WikiHopStart.Load(model, file, run.Network, new Seed(1), new CollectedEvents());

        float[] Rows(torch.nn.Module of, string name, int start, int count) => [.. of.state_dict()[$"model.embeddings.{name}.weight"].narrow(0, start, count).contiguous().data<float>()];
        Assert.Equal(Rows(source, "word_embeddings", 0, old.VocabularySize), Rows(model, "word_embeddings", 0, old.VocabularySize));
        Assert.Equal(Rows(untouched, "word_embeddings", old.VocabularySize, 4), Rows(model, "word_embeddings", old.VocabularySize, 4));
        Assert.Equal(Rows(source, "position_embeddings", 2, old.MaxLength), Rows(model, "position_embeddings", 2 + old.MaxLength, old.MaxLength));
    }

    [Fact]
    public void Data_SaysWhereItComesFrom_AndChangesItsDigestWithTheFiles()
    {
        var choice = new WikiHopChoice();
        var missing = choice.ToFetch(Place)!;
        Assert.True(missing.ByHand);
        Assert.Contains("wikihop/train.json and wikihop/dev.json in a folder named by --data-mirror: download QAngaroo v1.1 by hand from https://qangaroo.cs.ucl.ac.uk", missing.Reason, StringComparison.Ordinal);
        Assert.Contains("licence: CC-BY-SA-3.0", missing.Reason, StringComparison.Ordinal);
        Assert.Null(choice.Find(Place, Vocabulary));
        Assert.Contains("--data-mirror", Assert.Throws<DataFormatException>(() => choice.Load(Place, Vocabulary)).Message, StringComparison.Ordinal);

        WriteFiles();
        var data = choice.Load(Place, Vocabulary);
        Assert.Equal((data.Manifest.Digest, 24, 12), (choice.Find(Place, Vocabulary), data.Train.Count, data.Dev.Count));
        Assert.NotEqual(data.Manifest.Digest, (choice with { TrainLimit = 5 }).Find(Place, Vocabulary));
        Assert.Equal(5, (choice with { TrainLimit = 5 }).Load(Place, Vocabulary).Train.Count);
        Assert.True(data.IsWhole());
        Assert.Equal(data.Manifest.Digest, choice.Find(Place, Vocabulary.OfSamples(126)));
        WrittenRobertaVocabulary.Write(Place.Mirror!);
        Assert.NotEqual(data.Manifest.Digest, choice.Find(Place, Vocabulary));
        Directory.Delete(Path.Combine(Place.Mirror!, "roberta-base"), recursive: true);
        File.AppendAllText(Path.Combine(Place.Mirror!, "wikihop", "dev.json"), "\n");
        Assert.False(data.IsWhole());
    }

    [Theory]
    [InlineData("""[{"id":"WH_9","query":"q","candidates":["a"],"supports":["s"]}]""", "dev.json: item WH_9 has no answer")]
    [InlineData("""[{"id":"WH_9","query":"q","answer":"a","candidates":["a"],"supports":["s""", "item 1 is damaged")]
    [InlineData("not json", "item 1 is damaged")]
    [InlineData("", "damaged")]
    [InlineData("[null]", "item 1 is damaged")]
    [InlineData("""[{"id":1,"query":"q","answer":"a","candidates":["a"],"supports":[]}]""", "item 1 is damaged")]
    [InlineData("""[{"id":"i","query":"q","answer":"a","candidates":"a","supports":[]}]""", "item 1 is damaged")]
    [InlineData("""[{"id":"i","query":"q","answer":"b","candidates":["a"],"supports":[]}]""", "its answer is not among its candidates")]
    public void HostileFiles_AreRefusedInOneLine(string dev, string message)
    {
        WriteFiles();
        File.WriteAllText(Path.Combine(Place.Mirror!, "wikihop", "dev.json"), dev);

        var error = Assert.Throws<DataFormatException>(() => new WikiHopChoice().Load(Place, Vocabulary)).Message;

        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }

    [Fact]
    public void ItemsThatDoNotFit_CountAsWrong_AndAreNamed()
    {
        var events = new CollectedEvents();

        var outcome = Run("long", events, epochs: 1, longItems: 3);

        Assert.Contains("dev: 3 items do not fit and count as wrong", events.Notes);
        Assert.Equal("3", outcome.Protocol.Options["items-without-window"]);
        Assert.Equal(15, outcome.Results.Single(r => r.Metric == "accuracy").Count);
        Assert.True(outcome.Results.Single(r => r.Metric == "accuracy").Value <= 80);
    }

    private static WikiHopRun Tiny(int epochs = 1)
    {
        var smoke = WikiHopConfigurations.Resolve("wikihop", "yoso-32-scratch", "smoke");
        return smoke with
        {
            Data = new WikiHopChoice(),
            Network = smoke.Network with
            {
                Dim = 16, EmbeddingDim = 16, HiddenDim = 32, HeadCount = 2, HeadDim = 8, LayerCount = 1, MaxLength = 48, DropoutProbability = 0,
                Attention = new SoftmaxOptions(),
            },
            Grid = smoke.Grid with { LearningRates = [2e-2], BatchSizes = [8], Epochs = epochs },
            MicroBatchSize = 8,
        };
    }

    private RunOutcome Run(string name, CollectedEvents events, int epochs, CancellationTokenSource? stop = null, int longItems = 0, bool draws = false)
    {
        WriteFiles(longItems);
        var run = Tiny(epochs);
        run = !draws ? run : run with
        {
            MicroBatchSize = 3,
            Network = run.Network with { DropoutProbability = 0.1, Attention = new YosoOptions { HashCount = 4, HashCodeLength = 2 } },
        };
        var job = new Job("qa", "wikihop", "yoso-32-scratch", 1, "smoke", "cpu");
        var context = new RunContext
        {
            Job = job,
            Data = run.PrepareData(Place, null, CancellationToken.None),
            Folder = new RunFolder(Path.Combine(_folder, name), job, new string('a', 64)),
            Needs = [],
            Threads = 1,
            Events = events,
            Time = TimeProvider.System,
            CheckpointSeconds = 1000,
        };
        Directory.CreateDirectory(context.Folder.Path);
        return run.Execute(context, stop?.Token ?? TestContext.Current.CancellationToken);
    }

    /// <summary>The query's last word is the answer; two supports of 15 words each need two windows.</summary>
    private void WriteFiles(int longItems = 0)
    {
        var folder = Path.Combine(Place.Mirror!, "wikihop");
        Directory.CreateDirectory(folder);
        object Item(int i, bool tooLong) => new
        {
            id = $"WH_{i}",
            query = tooLong ? string.Join(' ', Enumerable.Repeat("long", 60)) : $"where {Places[i % 3]}",
            answer = Places[i % 3],
            candidates = Places,
            supports = Enumerable.Range(0, 3).Select(s => string.Join(' ', Enumerable.Repeat(s % 2 == 0 ? "red" : "blue", 20))).ToArray(),
        };
        void Write(string name, int count, int tooLong) =>
            File.WriteAllText(Path.Combine(folder, name), JsonSerializer.Serialize(Enumerable.Range(0, count + tooLong).Select(i => Item(i, i >= count))));
        Write("train.json", 24, 0);
        Write("dev.json", 12, longItems);
    }
}
