// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Models.Attention;
using Yoso.Models.Encoders;
using Yoso.Models.WeightFiles;
using static TorchSharp.torch;

namespace Yoso.Models.Tests.WeightFiles;

public sealed class ImportedWeightsTests : IDisposable
{
    private const int Layers = 2;
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    private static LanguageModelOptions Options(LanguageModelStyle style) => new()
    {
        Style = style, VocabularySize = 11, Attention = new SoftmaxOptions(), MaxLength = 6, EmbeddingDim = 8, Dim = 8, HiddenDim = 12, HeadCount = 2, HeadDim = 4, LayerCount = Layers, SentenceClassCount = 2,
    };

    private static LanguagePretrainingModel Model(LanguageModelStyle style, ulong seed = 1) => new(Options(style), new Seed(seed));

    private string Write(IEnumerable<(string Name, Tensor Values)> tensors)
    {
        var path = _folder[Guid.NewGuid() + ".safetensors"];
        using var stream = File.Create(path);
        SafeTensors.Write(stream, tensors.Select(t => new TensorToWrite(t.Name, t.Values.shape, () => t.Values.detach().alias())), null);
        return path;
    }

    private string Write(nn.Module model, IEnumerable<(string Ours, string Theirs)> names, params (string Name, Tensor Values)[] more)
    {
        var state = model.state_dict();
        return Write([.. names.Select(n => (n.Theirs, state[n.Ours])), .. more]);
    }

    private static void AssertSame(nn.Module expected, nn.Module actual)
    {
        var state = expected.state_dict();
        Assert.All(actual.state_dict(), p => Assert.Equal(state[p.Key].bytes.ToArray(), p.Value.bytes.ToArray()));
    }

    public static TheoryData<WeightLayout, LanguageModelStyle> Layouts => new()
    {
        { WeightLayout.HuggingFaceBert, LanguageModelStyle.Bert }, { WeightLayout.HuggingFaceRoberta, LanguageModelStyle.Roberta }, { WeightLayout.HuggingFaceYoso, LanguageModelStyle.Roberta },
    };

    private static (string Ours, string Theirs)[] Names(WeightLayout layout) => layout switch
    {
        WeightLayout.HuggingFaceBert => HuggingFaceNames.Bert(Layers),
        WeightLayout.HuggingFaceRoberta => HuggingFaceNames.Roberta(Layers),
        _ => HuggingFaceNames.Yoso(Layers),
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void LoadInto_FillsAModel_FromHuggingFacesNames(WeightLayout layout, LanguageModelStyle style)
    {
        var theirs = Model(style);
        var ours = Model(style, seed: 2);

        using var weights = ImportedWeights.Open(Write(theirs, Names(layout)));
        var report = weights.LoadInto(ours);

        Assert.Equal(layout, weights.Layout);
        Assert.Empty(report.Missing);
        Assert.Empty(report.Unexpected);
        Assert.Empty(report.Mismatched);
        AssertSame(theirs, ours);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Check_NamesTheModel(WeightLayout layout, LanguageModelStyle style)
    {
        using var weights = ImportedWeights.Open(Write(Model(style), Names(layout)));

        var (sizes, report) = weights.Check();

        Assert.True(report.IsComplete);
        Assert.Empty(report.Unexpected);
        Assert.Equal($"2 layers, dim 8, hidden 12, 11 tokens, {(style == LanguageModelStyle.Bert ? 6 : 8)} positions", sizes.ToString());
    }

    [Fact]
    public void LoadInto_FillsAModel_FromUpstreamsNames()
    {
        var theirs = Model(LanguageModelStyle.Bert);
        // As torch.nn.DataParallel and the first release wrote them.
        var wrapped = Write(theirs.state_dict().Select(p => ("module." + p.Key, p.Value)));
        var older = Write(theirs.state_dict().Select(p => (p.Key.Replace("backbone.backbone.encoders.", "transformer_", StringComparison.Ordinal).Replace(".ff.0.", ".ff1.", StringComparison.Ordinal).Replace(".ff.2.", ".ff2.", StringComparison.Ordinal), p.Value)));

        foreach (var path in (string[])[wrapped, older])
        {
            var ours = Model(LanguageModelStyle.Bert, seed: 2);
            using var weights = ImportedWeights.Open(path);
            var report = weights.LoadInto(ours);

            Assert.Equal(WeightLayout.Upstream, weights.Layout);
            Assert.Empty(report.Lines());
            AssertSame(theirs, ours);
        }
    }

    [Fact]
    public void LoadInto_FillsALongRangeArenaClassifier()
    {
        static LraClassifier Classifier(ulong seed) => new(new LraClassifierOptions
        {
            VocabularySize = 9, PaddedLength = 16, ClassCount = 3, Attention = new YosoOptions { HashCount = 4, HashCodeLength = 3, ConvWindow = 3 }, Dim = 8, HiddenDim = 6, HeadCount = 2, HeadDim = 4, LayerCount = 2,
        }, new Seed(seed));
        var (theirs, ours) = (Classifier(1), Classifier(2));

        using var weights = ImportedWeights.Open(Write(theirs.state_dict().Select(p => (p.Key, p.Value))));
        var (sizes, check) = weights.Check();

        Assert.Empty(weights.LoadInto(ours).Lines());
        AssertSame(theirs, ours);
        Assert.Empty(check.Lines());
        Assert.True(sizes.LongRangeArena);
        Assert.Equal((2, 3), sizes.Convolution);
    }

    [Fact]
    public void Open_ReadsOldSpellingsAndSkipsBuffers()
    {
        var theirs = Model(LanguageModelStyle.Bert);
        var names = Names(WeightLayout.HuggingFaceBert).Select(n => (n.Ours, n.Theirs.Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal).Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal)));
        var ours = Model(LanguageModelStyle.Bert, seed: 2);

        using var weights = ImportedWeights.Open(Write(theirs, names, ("bert.embeddings.position_ids", arange(6, ScalarType.Float32))));
        var report = weights.LoadInto(ours);

        AssertSame(theirs, ours);
        Assert.Equal(["bert.embeddings.position_ids", "cls.predictions.decoder.bias"], report.Ignored.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Open_ReadsABareEncoder_WhenItsLayoutIsNamed()
    {
        var names = HuggingFaceNames.Bert(Layers).Where(n => n.Theirs.StartsWith("bert.", StringComparison.Ordinal)).Select(n => (n.Ours, n.Theirs["bert.".Length..]));
        var path = Write(Model(LanguageModelStyle.Bert), names);

        var error = Assert.Throws<WeightFileException>(() => ImportedWeights.Open(path));
        Assert.Contains("name one of upstream, hf-yoso, hf-bert, hf-roberta", error.Message, StringComparison.Ordinal);
        using var weights = ImportedWeights.Open(path, WeightLayout.HuggingFaceBert);
        var report = weights.Check().Report;
        Assert.True(report.IsComplete);
        Assert.Contains("masked language head (mlm)", report.AbsentHeads);
    }

    [Fact]
    public void LoadInto_TakesTheTokenTable_WhereTheDecoderHasNoWeight()
    {
        var theirs = Model(LanguageModelStyle.Bert);
        var ours = Model(LanguageModelStyle.Bert, seed: 2);

        using var weights = ImportedWeights.Open(Write(theirs, Names(WeightLayout.HuggingFaceBert).Where(n => n.Theirs != "cls.predictions.decoder.weight")));

        Assert.Empty(weights.LoadInto(ours).Missing);
        AssertSame(theirs, ours);
        Assert.True(weights.Check().Report.IsComplete);
        var saved = _folder["saved.safetensors"];
        using (var stream = File.Create(saved)) weights.Save(stream);
        using var again = ImportedWeights.Open(saved);
        Assert.Equal(theirs.state_dict().Keys.Order(StringComparer.Ordinal), again.Shapes.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Report_ListsMissingUnexpectedAndMisshapen()
    {
        var theirs = Model(LanguageModelStyle.Bert);
        var names = Names(WeightLayout.HuggingFaceBert).Where(n => n.Theirs is not ("bert.encoder.layer.1.attention.self.key.bias" or "bert.encoder.layer.0.output.dense.weight"));
        using var weights = ImportedWeights.Open(Write(theirs, names, ("bert.encoder.layer.0.output.dense.weight", zeros(8, 13)), ("bert.encoder.layer.0.crossattention.self.key.weight", zeros(8, 8))));

        foreach (var report in (WeightReport[])[weights.Check().Report, weights.LoadInto(Model(LanguageModelStyle.Bert, seed: 2))])
        {
            Assert.Equal(["model.backbone.backbone.encoders.1.mha.W_k.bias"], report.Missing);
            Assert.Equal(["bert.encoder.layer.0.crossattention.self.key.weight"], report.Unexpected);
            Assert.Equal(["model.backbone.backbone.encoders.0.ff.2.weight is [8, 13], must be [8, 12]"], report.Mismatched);
            var error = Assert.Throws<WeightFileException>(() => report.ThrowIfIncomplete("x.bin"));
            Assert.Equal("x.bin does not fit: missing: 1 (model.backbone.backbone.encoders.1.mha.W_k.bias); of another shape: 1 (model.backbone.backbone.encoders.0.ff.2.weight is [8, 13], must be [8, 12])", error.Message);
        }
    }

    [Fact]
    public void Check_MissesAWholeLayer()
    {
        var names = HuggingFaceNames.Bert(3).Where(n => !n.Ours.Contains(".2.", StringComparison.Ordinal) || n.Ours.Contains(".ff.2.", StringComparison.Ordinal));
        var theirs = new LanguagePretrainingModel(Options(LanguageModelStyle.Bert) with { LayerCount = 3 }, new Seed(1));
        using var weights = ImportedWeights.Open(Write(theirs, names));

        // Only layer 2's second MLP layer is there, so that it counts, and its 14 other tensors are missing.
        Assert.Equal(14, weights.Check().Report.Missing.Count);
    }

    [Fact]
    public void LoadInto_AdaptsValues_BeforeTheyAreCompared()
    {
        var theirs = Model(LanguageModelStyle.Roberta);
        var ours = new LanguagePretrainingModel(Options(LanguageModelStyle.Roberta) with { MaxLength = 12 }, new Seed(2));
        using var weights = ImportedWeights.Open(Write(theirs, Names(WeightLayout.HuggingFaceRoberta)));

        Assert.Equal(["model.embeddings.position_embeddings.weight is [8, 8], must be [14, 8]"], weights.LoadInto(ours).Mismatched);
        var report = weights.LoadInto(ours, (name, values) => name.EndsWith("position_embeddings.weight", StringComparison.Ordinal) ? PositionExtension.Extend(values, 14, 2) : values);

        Assert.True(report.IsComplete);
    }

    [Fact]
    public void LoadInto_RefusesADecoderOfItsOwn()
    {
        var names = Names(WeightLayout.HuggingFaceBert).Where(n => n.Theirs != "cls.predictions.decoder.weight");
        using var weights = ImportedWeights.Open(Write(Model(LanguageModelStyle.Bert), names, ("cls.predictions.decoder.weight", ones(11, 8))));

        Assert.Contains("the decoder's weight differs from the token table", Assert.Throws<WeightFileException>(() => weights.LoadInto(Model(LanguageModelStyle.Bert))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_RefusesForeignNames()
    {
        var path = Write([("visual.conv1.weight", ones(2))]);

        Assert.Contains("do not say whose they are", Assert.Throws<WeightFileException>(() => ImportedWeights.Open(path)).Message, StringComparison.Ordinal);
        Assert.Contains("has no tensor with a name of hf-bert", Assert.Throws<WeightFileException>(() => ImportedWeights.Open(path, WeightLayout.HuggingFaceBert)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_IsNotMisledByAHugeLayerNumber()
    {
        var names = HuggingFaceNames.Bert(1).Select(n => (n.Ours, n.Theirs.Replace(".0.", ".2000000000.", StringComparison.Ordinal)));
        var theirs = new LanguagePretrainingModel(Options(LanguageModelStyle.Bert) with { LayerCount = 1 }, new Seed(1));
        using var weights = ImportedWeights.Open(Write(theirs, names));

        Assert.Contains("has no encoder layers", Assert.Throws<WeightFileException>(() => weights.Check()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LanguageModelStyle.Roberta, 0)]
    [InlineData(LanguageModelStyle.Bert, 2)]
    public void Export_HasExactlyYosoForMaskedLmsNames(LanguageModelStyle style, int addedPositions)
    {
        var model = Model(style);
        using var weights = ImportedWeights.Open(Write(model.state_dict().Select(p => (p.Key, p.Value))));

        var export = new HuggingFaceExport(weights, new YosoExportOptions { HeadCount = 2, HashCount = 16, HashCodeLength = 7 });
        using (var stream = File.Create(_folder["model.safetensors"])) export.WriteWeights(stream);
        using var file = WeightFile.Open(_folder["model.safetensors"]);

        Assert.Equal(HuggingFaceNames.Yoso(Layers).Select(n => n.Theirs).Order(StringComparer.Ordinal), file.Tensors.Select(t => t.Name));
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(style == LanguageModelStyle.Bert ? ["model.pooler.bias", "model.pooler.weight", "sen_class.bias", "sen_class.weight"] : Array.Empty<string>(), export.LeftOut);
        var state = model.state_dict();
        Assert.All(HuggingFaceNames.Yoso(Layers), n =>
        {
            var values = file.Read(file.Tensors.Single(t => t.Name == n.Theirs));
            var expected = n.Ours.Contains("position", StringComparison.Ordinal) && addedPositions > 0 ? cat([zeros(2, 8), state[n.Ours]]) : state[n.Ours];
            Assert.Equal(expected.shape, values.shape);
            Assert.Equal(expected.data<float>().ToArray(), values.data<float>().ToArray());
        });
    }

    /// <summary>All parameters of a YosoForMaskedLM, whose two buffers are not saved; 11 tokens, 6 positions, 8 dimensions, 2 heads, hidden 12.</summary>
    [Theory]
    [InlineData(LanguageModelStyle.Roberta, 1)]
    [InlineData(LanguageModelStyle.Bert, 2)]
    public void Export_HasYosoModelsShapes(LanguageModelStyle style, int types)
    {
        var model = new LanguagePretrainingModel(Options(style) with { LayerCount = 1, Attention = new YosoOptions { HashCount = 4, HashCodeLength = 3, ConvWindow = 3 } }, new Seed(1));
        using var weights = ImportedWeights.Open(Write(model.state_dict().Select(p => (p.Key, p.Value))));

        using (var stream = File.Create(_folder["model.safetensors"])) new HuggingFaceExport(weights, new YosoExportOptions { HeadCount = 2 }).WriteWeights(stream);

        using var file = WeightFile.Open(_folder["model.safetensors"]);
        string[] expected =
        [
            "cls.predictions.bias [11]", "cls.predictions.decoder.bias [11]", "cls.predictions.decoder.weight [11, 8]",
            "cls.predictions.transform.LayerNorm.bias [8]", "cls.predictions.transform.LayerNorm.weight [8]", "cls.predictions.transform.dense.bias [8]", "cls.predictions.transform.dense.weight [8, 8]",
            "yoso.embeddings.LayerNorm.bias [8]", "yoso.embeddings.LayerNorm.weight [8]",
            "yoso.embeddings.position_embeddings.weight [8, 8]", $"yoso.embeddings.token_type_embeddings.weight [{types}, 8]", "yoso.embeddings.word_embeddings.weight [11, 8]",
            "yoso.encoder.layer.0.attention.output.LayerNorm.bias [8]", "yoso.encoder.layer.0.attention.output.LayerNorm.weight [8]",
            "yoso.encoder.layer.0.attention.output.dense.bias [8]", "yoso.encoder.layer.0.attention.output.dense.weight [8, 8]",
            "yoso.encoder.layer.0.attention.self.conv.weight [2, 1, 3, 1]",
            "yoso.encoder.layer.0.attention.self.key.bias [8]", "yoso.encoder.layer.0.attention.self.key.weight [8, 8]",
            "yoso.encoder.layer.0.attention.self.query.bias [8]", "yoso.encoder.layer.0.attention.self.query.weight [8, 8]",
            "yoso.encoder.layer.0.attention.self.value.bias [8]", "yoso.encoder.layer.0.attention.self.value.weight [8, 8]",
            "yoso.encoder.layer.0.intermediate.dense.bias [12]", "yoso.encoder.layer.0.intermediate.dense.weight [12, 8]",
            "yoso.encoder.layer.0.output.LayerNorm.bias [8]", "yoso.encoder.layer.0.output.LayerNorm.weight [8]",
            "yoso.encoder.layer.0.output.dense.bias [8]", "yoso.encoder.layer.0.output.dense.weight [8, 12]",
        ];
        Assert.Equal(expected, file.Tensors.Select(t => $"{t.Name} [{string.Join(", ", t.Shape)}]"));
    }

    [Fact]
    public void Export_DescribesTheModel()
    {
        using var weights = ImportedWeights.Open(Write(Model(LanguageModelStyle.Roberta).state_dict().Select(p => (p.Key, p.Value))));
        var stream = new MemoryStream();

        new HuggingFaceExport(weights, new YosoExportOptions { HeadCount = 2, HashCount = 16, HashCodeLength = 7 }).WriteConfig(stream);

        Assert.Equal(
            """
            {
              "model_type": "yoso",
              "architectures": [
                "YosoForMaskedLM"
              ],
              "vocab_size": 11,
              "hidden_size": 8,
              "num_hidden_layers": 2,
              "num_attention_heads": 2,
              "intermediate_size": 12,
              "hidden_act": "gelu",
              "hidden_dropout_prob": 0.1,
              "attention_probs_dropout_prob": 0.1,
              "max_position_embeddings": 6,
              "type_vocab_size": 1,
              "layer_norm_eps": 1E-05,
              "use_expectation": false,
              "hash_code_len": 7,
              "num_hash": 16,
              "conv_window": null,
              "use_fast_hash": true,
              "lsh_backward": true,
              "tie_word_embeddings": true
            }
            """.ReplaceLineEndings("\n"),
            System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }

    [Fact]
    public void Export_RefusesWhatYosoModelCannotBe()
    {
        void Refuses(LanguageModelOptions options, int heads, string message)
        {
            using var weights = ImportedWeights.Open(Write(new LanguagePretrainingModel(options, new Seed(1)).state_dict().Select(p => (p.Key, p.Value))));
            var error = Assert.Throws<WeightFileException>(() => new HuggingFaceExport(weights, new YosoExportOptions { HeadCount = heads }));
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
        }

        var options = Options(LanguageModelStyle.Roberta);
        Refuses(options with { EmbeddingDim = 4 }, 2, "its embeddings have 4 dimensions and its layers 8");
        Refuses(options with { HeadDim = 3 }, 2, "its heads together have 6 dimensions and its layers 8");
        Refuses(options with { SharedWeights = true }, 2, "its layers share one set of weights");
        Refuses(options, 3, "3 heads do not divide 8 dimensions");
        Refuses(options with { Attention = new YosoOptions { HashCount = 4, HashCodeLength = 3, ConvWindow = 3 } }, 4, "its convolution has 2 heads, not 4");
    }
}
