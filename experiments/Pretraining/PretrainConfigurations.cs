// SPDX-License-Identifier: MIT
using Yoso.Experiments.Training;
using Yoso.Models.Attention;
using Yoso.Models.Encoders;

namespace Yoso.Experiments.Pretraining;

/// <summary>
/// The pre-trained models as named records: the small ones with the values of upstream's BERT/models/*/config.json and
/// RoBERTa/models/bert-small/config.json. Upstream released no base size configuration: ours trains it as the small one.
/// </summary>
internal static class PretrainConfigurations
{
    private const int BertVocabulary = 30000, RobertaVocabulary = 50265;

    /// <summary>Base size, 12 layers of 768, softmax; masked language modelling and sentence order at 512 tokens.</summary>
    public static PretrainRun Bert { get; } = new()
    {
        Task = "bert",
        Model = "softmax",
        Scale = "paper",
        Corpus = CorpusChoice.Documents,
        Instances = new InstanceOptions(),
        Network = new LanguageModelOptions { Style = LanguageModelStyle.Bert, VocabularySize = BertVocabulary, Attention = new SoftmaxOptions() },
        Training = new TrainingOptions
        {
            BatchSize = 256, MicroBatchSize = 32, Steps = 1_000_000, WarmupSteps = 10_000, LearningRate = 1e-4, EvaluateEvery = 2000, WeightDecay = 0.01, Weights = WeightRule.Last,
        },
    };

    /// <summary>Base size on blocks of 510 tokens.</summary>
    public static PretrainRun Roberta { get; } = Bert with
    {
        Task = "roberta",
        Corpus = CorpusChoice.Blocks(510),
        Instances = new InstanceOptions { KeepProbability = 0.5, DevExamples = 10240 },
        Network = Bert.Network with { Style = LanguageModelStyle.Roberta, VocabularySize = RobertaVocabulary },
        Training = Bert.Training with { BatchSize = 512 },
    };

    /// <summary>Upstream's small size: 4 layers of 512, 8 heads, hidden 2048.</summary>
    public static LanguageModelOptions Small(LanguageModelOptions network) => network with { LayerCount = 4, EmbeddingDim = 512, Dim = 512, HiddenDim = 2048, HeadCount = 8 };

    /// <summary>The run of a model at a scale; names are those of <see cref="Catalog.Names"/>.</summary>
    /// <exception cref="ArgumentException">There is no such task or model.</exception>
    public static PretrainRun Resolve(string task, string model, string scale)
    {
        var paper = task switch
        {
            "bert" => Bert,
            "roberta" => Roberta,
            _ => throw new ArgumentException($"no configuration for task '{task}'", nameof(task)),
        };
        var (name, step) = (Catalog.Names.WithoutStep(model), Catalog.Names.StartStep(model));
        var named = name switch
        {
            "bert-small" => paper with { Network = Small(paper.Network) },
            "yoso-v1-32-small" => paper with { Network = Small(paper.Network) with { Attention = new YosoOptions { HashCount = 32 } } },
            "yoso-v2-32-small" => paper with { Network = Small(paper.Network) with { Attention = new YosoOptions { HashCount = 32, GradientMode = YosoGradientMode.Sampled } } },
            "softmax-4096" or "yoso-32-4096" => Longer(paper, name[..^"-4096".Length]),
            _ => paper with { Network = paper.Network with { Attention = Attention(name) } },
        };
        var scaled = PretrainScales.Apply(named with { Model = model, StartStep = step is null || named.StartFrom is null ? null : step }, scale);
        return scaled with { Network = scaled.Network with { Attention = WithCodeLength(scaled.Network.Attention, scaled.Network.MaxLength) } };
    }

    /// <summary>Eight times as long, from the weights of the short model (upstream's from_cp).</summary>
    private static PretrainRun Longer(PretrainRun paper, string model) => paper with
    {
        StartFrom = model,
        Corpus = paper.Network.Style == LanguageModelStyle.Roberta ? CorpusChoice.Blocks(4094) : paper.Corpus,
        Instances = paper.Instances with { MaxMasked = 640, DocumentsJoined = 1000, DevExamples = paper.Instances.DevExamples / 8 },
        Network = paper.Network with { MaxLength = 4096, Attention = Attention(model) },
        Training = paper.Training with { MicroBatchSize = 4 },
    };

    /// <summary>Upstream's hash code length is log2 of the length: 9 at 512.</summary>
    public static AttentionOptions WithCodeLength(AttentionOptions attention, int length)
    {
        var tau = (int)Math.Round(Math.Log2(length));
        return attention switch
        {
            YosoOptions yoso => yoso with { HashCodeLength = tau },
            YosoExpectationOptions expectation => expectation with { HashCodeLength = tau },
            _ => attention,
        };
    }

    private static AttentionOptions Attention(string model) => model switch
    {
        "softmax" => new SoftmaxOptions(),
        "yoso-e" => new YosoExpectationOptions(),
        "yoso-16" => new YosoOptions { HashCount = 16 },
        "yoso-32" => new YosoOptions { HashCount = 32 },
        "yoso-64" => new YosoOptions { HashCount = 64 },
        _ => throw new ArgumentException($"no configuration for model '{model}'", nameof(model)),
    };
}
