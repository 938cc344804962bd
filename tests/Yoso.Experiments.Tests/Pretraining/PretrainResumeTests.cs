// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Experiments.Pretraining;
using Yoso.Experiments.Runs;
using Yoso.Experiments.Tests.Training;
using Yoso.Experiments.Training;
using Yoso.Models;
using Yoso.Models.Attention;
using Yoso.Models.Encoders;
using Yoso.Models.WeightFiles;
using static TorchSharp.torch;
using SafeTensors = Yoso.Models.WeightFiles.SafeTensors;

namespace Yoso.Experiments.Tests.Pretraining;

[Collection("torch")]
public sealed class PretrainResumeTests : IDisposable
{
    private static readonly WrittenTokens Documents = new([12, 9, 15, 7, 11], [8, 8, 8, 8], [20, 6, 13, 10]);
    private readonly string _folder = Directory.CreateTempSubdirectory("yoso-pretrain-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static PretrainRun Small(int length = 32) => PretrainConfigurations.Resolve("bert", "yoso-32", "smoke") is var run ? run with
    {
        Network = run.Network with { VocabularySize = 5000, MaxLength = length, LayerCount = 1, Dim = 16, EmbeddingDim = 16, HiddenDim = 16, HeadCount = 2, HeadDim = 8, Attention = new YosoOptions { HashCount = 4, HashCodeLength = 3 } },
        Training = run.Training with { BatchSize = 4, Steps = 9, WarmupSteps = 2, EvaluateEvery = 3 },
        Instances = run.Instances with { KeepProbability = 0.5, StepsPerRefill = 2, DevExamples = 5 },
    } : run;

    [Fact]
    public void Killed_InAnyRefill_EndsWithTheSameBits()
    {
        using var scope = NewDisposeScope();
        var whole = Train("whole", new CollectedEvents(), null);
        foreach (var step in (int[])[1, 4, 7])
        {
            using var stop = new CancellationTokenSource();
            Assert.Throws<OperationCanceledException>(() => Train($"killed-{step}", new CollectedEvents { AfterStep = s => { if (s == step) stop.Cancel(); } }, stop));

            var resumed = Train($"killed-{step}", new CollectedEvents(), null);

            Assert.Equal(whole.Metrics, resumed.Metrics);
            Assert.All(whole.State, p => Assert.True(p.Value.Equals(resumed.State[p.Key]), p.Key));
        }
    }

    [Fact]
    public void ACrash_AfterAnEvaluation_ResumesThere()
    {
        using var scope = NewDisposeScope();
        var whole = Train("whole", new CollectedEvents(), null);
        Assert.Throws<IOException>(() => Train("crashed", new CollectedEvents { AfterStep = s => { if (s == 8) throw new IOException("the disk is gone"); } }, null));
        var events = new CollectedEvents();

        var resumed = Train("crashed", events, null);

        Assert.Equal(["resumed at step 6 of 9"], events.Notes);
        Assert.Equal(whole.Metrics, resumed.Metrics);
    }

    private (string Metrics, Dictionary<string, Tensor> State) Train(string name, CollectedEvents events, CancellationTokenSource? stop)
    {
        var run = Small();
        using var task = new PretrainTask(run, Documents, Documents, WrittenTokens.Vocabulary, CPU, 1);
        var store = new CheckpointStore(Path.Combine(_folder, name), "key");
        var trainer = new Trainer(run.Training, task, store, events, TimeProvider.System) { FinalSplit = null, CheckpointSeconds = 1000, CheckpointEvaluations = true };
        trainer.Run(stop?.Token ?? TestContext.Current.CancellationToken);
        return (trainer.Metrics.ToText(), task.Model.state_dict().ToDictionary(p => p.Key, p => p.Value.detach().clone()));
    }

    [Fact]
    public void StartingWeights_AreTakenByName_PositionsRepeated_TheRestListed()
    {
        using var scope = NewDisposeScope();
        var (shorter, longer) = (Small().Network, Small(96).Network);
        using var pretrained = new LanguagePretrainingModel(shorter, new Seed(1));
        var path = Path.Combine(_folder, "weights.safetensors");
        using (var stream = File.Create(path))
        {
            SafeTensors.Write(stream, pretrained);
        }

        using var model = new LanguagePretrainingModel(longer, new Seed(2));
        var events = new CollectedEvents();
        StartingWeights.Load(model, path, longer, withSentenceHead: true, events);
        var (before, after) = (pretrained.state_dict(), model.state_dict());

        Assert.Contains("positions repeated from 32 to 96", events.Notes);
        Assert.All(before.Where(p => !p.Key.Contains("position", StringComparison.Ordinal)), p => Assert.True(p.Value.Equals(after[p.Key]), p.Key));
        var positions = after["model.embeddings.position_embeddings.weight"];
        Assert.All(Enumerable.Range(0, 3), i => Assert.True(positions.narrow(0, 32 * i, 32).Equals(before["model.embeddings.position_embeddings.weight"])));

        using var classifier = new LanguageClassifier(shorter, 3, new Seed(2));
        var head = classifier.state_dict()["sen_class.weight"].detach().clone();
        var notes = new CollectedEvents();
        StartingWeights.Load(classifier, path, shorter, withSentenceHead: false, notes);
        Assert.True(head.Equals(classifier.state_dict()["sen_class.weight"]));
        Assert.Contains("without starting weights: sen_class.bias, sen_class.weight", notes.Notes);
        Assert.Contains(notes.Notes, n => n.StartsWith("not used: mlm.dense.bias", StringComparison.Ordinal));

        using var other = new LanguageClassifier(shorter with { HiddenDim = 20 }, 3, new Seed(2));
        var problem = Assert.Throws<InvalidDataException>(() => StartingWeights.Load(other, path, shorter, withSentenceHead: false, notes));
        Assert.Contains("ff.0", problem.Message, StringComparison.Ordinal);
    }
}
