// SPDX-License-Identifier: MIT
namespace Yoso.Cpu.Training;

internal sealed unsafe partial class FusedKernels<T>
{
    internal override void Forward(in FeedForwardCall call, int threads)
    {
        var c = call;
        var shared = Scratch.Rent();
        var norm = new PackedNorm<T>(c.Norm, c.First.Inputs, shared);
        var one = new PackedLinear<T>(c.First, shared);
        var two = new PackedLinear<T>(c.Second, shared);
        ForBlocks(c.Tokens, threads, (_, first, count, scratch) =>
        {
            var input = Blocks<T>.Take(one.Inputs, scratch);
            var normalised = Blocks<T>.Take(one.Inputs, scratch);
            var hidden = Blocks<T>.Take(one.Outputs, scratch);
            var derivative = Blocks<T>.Take(one.Outputs, scratch);
            Blocks<T>.Load(c.Input, first, count, one.Inputs, input);
            norm.Forward(input, count, c.Statistics is null ? null : c.Statistics + (2L * first), normalised);
            one.Forward(normalised, hidden, count);
            Blocks<T>.Gelu(hidden, derivative, count, one.Outputs);
            Blocks<T>.Drop(hidden, first, count, one.Outputs, c.HiddenDropout);
            if (c.Activation is not null)
            {
                Blocks<T>.Drop(derivative, first, count, one.Outputs, c.HiddenDropout);
                Blocks<T>.Store(hidden, new TokenTensor(c.Activation, one.Outputs), first, count, one.Outputs);
                Blocks<T>.Store(derivative, new TokenTensor(c.Derivative, one.Outputs), first, count, one.Outputs);
            }

            two.Forward(hidden, normalised, count);
            Blocks<T>.Drop(normalised, first, count, two.Outputs, c.OutputDropout);
            Blocks<T>.Load(c.Input, first, count, one.Inputs, input);
            Blocks<T>.Add(normalised, input, count, two.Outputs);
            Blocks<T>.Store(normalised, c.Output, first, count, two.Outputs);
        });
        shared.Return();
    }

    internal override void Backward(in FeedForwardGradientCall call, int threads)
    {
        var c = call;
        var shared = Scratch.Rent();
        var norm = new PackedNorm<T>(c.Forward.Norm, c.Forward.First.Inputs, shared);
        var one = new PackedLinear<T>(c.Forward.First, shared);
        var two = new PackedLinear<T>(c.Forward.Second, shared);
        var chunks = ChunkCount(c.Forward.Tokens);
        var step = (long)norm.GradientSize + one.GradientSize + two.GradientSize;
        var buffers = shared.TakeZeroed<float>(chunks * step);
        ForBlocks(c.Forward.Tokens, threads, (chunk, first, count, scratch) =>
            FeedForwardBackward(in c, norm, one, two, buffers + (chunk * step), first, count, scratch));
        norm.Reduce(buffers, step, chunks, c.NormGradient);
        one.Reduce(buffers + norm.GradientSize, step, chunks, c.FirstGradient);
        two.Reduce(buffers + norm.GradientSize + one.GradientSize, step, chunks, c.SecondGradient);
        shared.Return();
    }

    private static void FeedForwardBackward(
        in FeedForwardGradientCall c, PackedNorm<T> norm, PackedLinear<T> one, PackedLinear<T> two, float* buffer, int first, int count, Scratch scratch)
    {
        var forward = c.Forward;
        var input = Blocks<T>.Take(one.Inputs, scratch);
        var normalised = Blocks<T>.Take(one.Inputs, scratch);
        var outputGradient = Blocks<T>.Take(one.Inputs, scratch);
        var dropped = Blocks<T>.Take(one.Inputs, scratch);
        var activation = Blocks<T>.Take(one.Outputs, scratch);
        var hiddenGradient = Blocks<T>.Take(one.Outputs, scratch);
        var statistics = forward.Statistics is null ? null : forward.Statistics + (2L * first);
        Blocks<T>.Load(forward.Input, first, count, one.Inputs, input);
        norm.Again(input, count, statistics, normalised);
        Blocks<T>.Load(c.OutputGradient, first, count, one.Inputs, outputGradient);
        Blocks<T>.Load(c.OutputGradient, first, count, one.Inputs, dropped);
        Blocks<T>.Drop(dropped, first, count, two.Outputs, forward.OutputDropout);
        Blocks<T>.Load(new TokenTensor(forward.Activation, one.Outputs), first, count, one.Outputs, activation);
        two.AddGradients(dropped, activation, count, buffer + norm.GradientSize + one.GradientSize);
        two.Backward(dropped, hiddenGradient, count, accumulate: false);
        Blocks<T>.Load(new TokenTensor(forward.Derivative, one.Outputs), first, count, one.Outputs, activation);
        Blocks<T>.Multiply(hiddenGradient, activation, count, one.Outputs);
        one.AddGradients(hiddenGradient, normalised, count, buffer + norm.GradientSize);
        one.Backward(hiddenGradient, dropped, count, accumulate: false);
        norm.Backward(dropped, input, count, statistics, buffer);
        Blocks<T>.Add(outputGradient, dropped, count, one.Inputs);
        Blocks<T>.Store(outputGradient, c.InputGradient, first, count, one.Inputs);
    }
}
