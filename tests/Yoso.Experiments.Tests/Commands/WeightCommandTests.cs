// SPDX-License-Identifier: MIT
using Yoso.Experiments.Commands;
using Yoso.Experiments.Tests.Runs;
using Yoso.Models;
using Yoso.Models.Attention;
using Yoso.Models.Encoders;
using Yoso.Models.WeightFiles;

namespace Yoso.Experiments.Tests.Commands;

/// <summary>yoso import and yoso export, through the program.</summary>
public sealed class WeightCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("yoso-weights-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Named(string name) => Path.Combine(_folder, name);

    /// <summary>A run's weights with its configuration beside them.</summary>
    private LanguagePretrainingModel WriteRun()
    {
        var model = new LanguagePretrainingModel(new LanguageModelOptions
        {
            Style = LanguageModelStyle.Roberta, VocabularySize = 13, Attention = new YosoOptions { HashCount = 8, HashCodeLength = 5 }, MaxLength = 6, EmbeddingDim = 8, Dim = 8, HiddenDim = 12, HeadCount = 2, HeadDim = 4, LayerCount = 1,
        }, new Seed(1));
        using var stream = File.Create(Named("weights.safetensors"));
        SafeTensors.Write(stream, model);
        File.WriteAllText(Named("config.json"), """{"task":"x","network":{"attention":{"type":"Yoso","hashCount":8,"hashCodeLength":5},"headCount":2}}""");
        return model;
    }

    [Fact]
    public async Task ExportThenImport_GivesTheSameWeights()
    {
        var model = WriteRun();

        var exported = await ProgramRuns.Run("export", Named("weights.safetensors"), "--to", Named("hf"));
        var imported = await ProgramRuns.Run("import", Named("hf/model.safetensors"), "--to", Named("back.safetensors"));

        Assert.Equal("", exported.Errors + imported.Errors);
        Assert.Equal((0, 0), (exported.ExitCode, imported.ExitCode));
        var config = File.ReadAllText(Named("hf/config.json"));
        Assert.Contains("\"num_hash\": 8", config, StringComparison.Ordinal);
        Assert.Contains("\"hash_code_len\": 5", config, StringComparison.Ordinal);
        Assert.Contains("\"num_attention_heads\": 2", config, StringComparison.Ordinal);
        Assert.Contains("names of hf-yoso, 27 tensors: 1 layer, dim 8, hidden 12, 13 tokens, 8 positions", imported.Output, StringComparison.Ordinal);
        using var back = ImportedWeights.Open(Named("back.safetensors"));
        var state = model.state_dict();
        Assert.Equal(state.Keys.Order(StringComparer.Ordinal), back.Shapes.Keys);
        Assert.All(state, p =>
        {
            using var values = back.Read(p.Key);
            Assert.Equal(p.Value.bytes.ToArray(), values.bytes.ToArray());
        });
    }

    [Fact]
    public async Task Import_ListsWhatIsMissing_AndWritesNothing()
    {
        var model = WriteRun();
        using (var stream = File.Create(Named("holed.safetensors")))
        {
            SafeTensors.Write(stream, model.state_dict().Where(p => !p.Key.EndsWith("W_k.bias", StringComparison.Ordinal)).Select(p => new TensorToWrite(p.Key, p.Value.shape, () => p.Value.detach())), null);
        }

        var refused = await ProgramRuns.Run("import", Named("holed.safetensors"));
        var allowed = await ProgramRuns.Run("import", Named("holed.safetensors"), "--allow-missing");

        Assert.Equal(ExitCode.Failed, refused.ExitCode);
        Assert.Equal($"yoso: {Named("holed.safetensors")} does not fit: missing: 1 (model.backbone.backbone.encoders.0.mha.W_k.bias)\n", refused.Errors);
        Assert.Equal(ExitCode.Ok, allowed.ExitCode);
        Assert.True(File.Exists(Named("holed.yoso.safetensors")));
    }

    [Fact]
    public async Task Import_RefusesAHostilePickle_WithOneLine()
    {
        File.WriteAllBytes(Named("evil.bin"), [0x80, 2, .. "cos\nsystem\nX\u0004\0\0\0evil\u0085R."u8.ToArray()]);

        var run = await ProgramRuns.Run("import", Named("evil.bin"));

        Assert.Equal((ExitCode.Failed, $"yoso: {Named("evil.bin")}: refused: global 'os system' is not one that weights need; nothing of the file was run (opcode GLOBAL, byte 2)\n"), (run.ExitCode, run.Errors));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task Commands_NameTheLayoutMeant_WhenOneIsMisspelled()
    {
        var run = await ProgramRuns.Run("import", "x.bin", "--as", "hf-yos");

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("hf-yoso", run.Errors, StringComparison.Ordinal);
        Assert.Single(run.Errors.TrimEnd('\n').Split('\n'));
    }
}
