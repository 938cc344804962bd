// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Models;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Experiments.Efficiency;

/// <summary>A model and one forward and backward pass of it on random tokens, as upstream times it: without an optimizer step.</summary>
internal sealed class TrainingStep : IDisposable
{
    private static readonly Seed Seed = new Seed(1).Derive("efficiency");
    private readonly LraClassifierOptions _options;
    private readonly LraClassifier _model;
    private readonly Device _device;
    private int _steps;

    public TrainingStep(LraClassifierOptions options, string device)
    {
        (_options, _device) = (options, torch.device(device));
        _model = new LraClassifier(options, Seed.Derive("weights"));
        _model.to(_device);
    }

    /// <summary>Every position holds a token: nothing is saved by leaving out padding.</summary>
    public void Run(int batch)
    {
        using var scope = NewDisposeScope();
        var (length, seed) = (_options.PaddedLength, Seed.Derive("step").Derive(_steps++));
        random.manual_seed((long)(seed.Value >> 1));
        var ids = randint(_options.VocabularySize, [(long)batch * length], int64, _device);
        var labels = randint(_options.ClassCount, [batch], int64, _device);
        var positions = arange(length, int64, _device).repeat(batch);
        var tokens = new PackedTokens(ids, positions, SequenceOffsets.FromLengths([.. Enumerable.Repeat(length, batch)]), length);
        AutogradRunner.Backward(nn.functional.cross_entropy(_model.call(tokens, seed), labels));
        if (_device.type == DeviceType.CUDA)
        {
            cuda.synchronize();
        }
    }

    public void Dispose() => _model.Dispose();
}
