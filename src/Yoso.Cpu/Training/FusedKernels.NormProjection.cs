// SPDX-License-Identifier: MIT
namespace Yoso.Cpu.Training;

internal sealed unsafe partial class FusedKernels<T>
{
    internal override void Forward(in NormProjectionCall call, int threads)
    {
        var c = call;
        var shared = Scratch.Rent();
        var width = c.Layers[0].Inputs;
        var norm = new PackedNorm<T>(c.Norm, width, shared);
        var layers = Array.ConvertAll(c.Layers, layer => new PackedLinear<T>(layer, shared));
        ForBlocks(c.Tokens, threads, (_, first, count, scratch) =>
        {
            var input = Blocks<T>.Take(width, scratch);
            var normalised = Blocks<T>.Take(width, scratch);
            Blocks<T>.Load(c.Input, first, count, width, input);
            norm.Forward(input, count, c.Statistics is null ? null : c.Statistics + (2L * first), normalised);
            for (var i = 0; i < layers.Length; i++)
            {
                var output = Blocks<T>.Take(layers[i].Outputs, scratch);
                layers[i].Forward(normalised, output, count);
                Blocks<T>.Store(output, c.Outputs[i], first, count, layers[i].Outputs);
            }
        });
        shared.Return();
    }

    internal override void Backward(in NormProjectionGradientCall call, int threads)
    {
        var c = call;
        var forward = c.Forward;
        var shared = Scratch.Rent();
        var width = forward.Layers[0].Inputs;
        var norm = new PackedNorm<T>(forward.Norm, width, shared);
        var layers = Array.ConvertAll(forward.Layers, layer => new PackedLinear<T>(layer, shared));
        var chunks = ChunkCount(forward.Tokens);
        var step = norm.GradientSize + layers.Sum(layer => (long)layer.GradientSize);
        var buffers = shared.TakeZeroed<float>(chunks * step);
        ForBlocks(forward.Tokens, threads, (chunk, first, count, scratch) =>
        {
            var input = Blocks<T>.Take(width, scratch);
            var normalised = Blocks<T>.Take(width, scratch);
            var gradient = Blocks<T>.Take(width, scratch);
            var statistics = forward.Statistics is null ? null : forward.Statistics + (2L * first);
            Blocks<T>.Load(forward.Input, first, count, width, input);
            norm.Again(input, count, statistics, normalised);
            var buffer = buffers + (chunk * step);
            var layerBuffer = buffer + norm.GradientSize;
            for (var i = 0; i < layers.Length; i++)
            {
                var output = Blocks<T>.Take(layers[i].Outputs, scratch);
                Blocks<T>.Load(c.OutputGradients[i], first, count, layers[i].Outputs, output);
                layers[i].Backward(output, gradient, count, accumulate: i > 0);
                layers[i].AddGradients(output, normalised, count, layerBuffer);
                layerBuffer += layers[i].GradientSize;
            }

            norm.Backward(gradient, input, count, statistics, buffer);
            Blocks<T>.Store(gradient, c.InputGradient, first, count, width);
        });
        norm.Reduce(buffers, step, chunks, c.NormGradient);
        var at = buffers + norm.GradientSize;
        for (var i = 0; i < layers.Length; i++)
        {
            layers[i].Reduce(at, step, chunks, c.LayerGradients[i]);
            at += layers[i].GradientSize;
        }

        shared.Return();
    }
}
