// SPDX-License-Identifier: MIT
namespace Yoso.Cpu.Training;

internal sealed unsafe partial class FusedKernels<T>
{
    internal override void Forward(in ProjectionResidualCall call, int threads)
    {
        var c = call;
        var shared = Scratch.Rent();
        var layer = new PackedLinear<T>(c.Layer, shared);
        ForBlocks(c.Tokens, threads, (_, first, count, scratch) =>
        {
            var input = Blocks<T>.Take(layer.Inputs, scratch);
            var output = Blocks<T>.Take(layer.Outputs, scratch);
            var residual = Blocks<T>.Take(layer.Outputs, scratch);
            Blocks<T>.Load(c.Input, first, count, layer.Inputs, input);
            Blocks<T>.Load(c.Residual, first, count, layer.Outputs, residual);
            layer.Forward(input, output, count);
            Blocks<T>.Drop(output, first, count, layer.Outputs, c.Dropout);
            Blocks<T>.Add(output, residual, count, layer.Outputs);
            Blocks<T>.Store(output, c.Output, first, count, layer.Outputs);
        });
        shared.Return();
    }

    internal override void Backward(in ProjectionResidualGradientCall call, int threads)
    {
        var c = call;
        var shared = Scratch.Rent();
        var layer = new PackedLinear<T>(c.Forward.Layer, shared);
        var chunks = ChunkCount(c.Forward.Tokens);
        var buffers = shared.TakeZeroed<float>((long)chunks * layer.GradientSize);
        ForBlocks(c.Forward.Tokens, threads, (chunk, first, count, scratch) =>
        {
            var input = Blocks<T>.Take(layer.Inputs, scratch);
            var gradient = Blocks<T>.Take(layer.Outputs, scratch);
            var inputGradient = Blocks<T>.Take(layer.Inputs, scratch);
            Blocks<T>.Load(c.Forward.Input, first, count, layer.Inputs, input);
            Blocks<T>.Load(c.OutputGradient, first, count, layer.Outputs, gradient);
            Blocks<T>.Drop(gradient, first, count, layer.Outputs, c.Forward.Dropout);
            layer.AddGradients(gradient, input, count, buffers + ((long)chunk * layer.GradientSize));
            layer.Backward(gradient, inputGradient, count, accumulate: false);
            Blocks<T>.Store(inputGradient, c.InputGradient, first, count, layer.Inputs);
        });
        layer.Reduce(buffers, layer.GradientSize, chunks, c.LayerGradient);
        shared.Return();
    }
}
