// SPDX-License-Identifier: MIT
using Yoso.Cpu.Simd;

namespace Yoso.Cpu.Training;

/// <summary>A linear layer repacked once a call for the register-blocked products; shared by all workers.</summary>
internal readonly unsafe struct PackedLinear<T>
    where T : unmanaged, ISimd<T>
{
    private readonly float* _forward;  // [inputs, padded outputs]
    private readonly float* _backward; // [outputs, padded inputs]
    private readonly float* _bias;     // [padded outputs]

    internal PackedLinear(Linear linear, Scratch scratch)
    {
        (Inputs, Outputs) = (linear.Inputs, linear.Outputs);
        var (inputs, outputs) = (SmallProducts<T>.Padded(Inputs), SmallProducts<T>.Padded(Outputs));
        _forward = scratch.TakeZeroed<float>((long)Inputs * outputs);
        _backward = scratch.TakeZeroed<float>((long)outputs * inputs);
        _bias = scratch.TakeZeroed<float>(outputs);
        for (var o = 0; o < Outputs; o++)
        {
            _bias[o] = linear.Bias[o];
            for (var i = 0; i < Inputs; i++)
            {
                var weight = linear.Weight[(o * Inputs) + i];
                _forward[(i * outputs) + o] = weight;
                _backward[(o * inputs) + i] = weight;
            }
        }
    }

    internal int Inputs { get; }

    internal int Outputs { get; }

    /// <summary>Floats of a gradient buffer: weight [padded outputs, padded inputs], then bias.</summary>
    internal int GradientSize => SmallProducts<T>.Padded(Outputs) * (SmallProducts<T>.Padded(Inputs) + 1);

    /// <summary>output = input W^T + b.</summary>
    internal void Forward(float* input, float* output, int count)
    {
        var outputs = SmallProducts<T>.Padded(Outputs);
        SmallProducts<T>.Multiply(input, SmallProducts<T>.Padded(Inputs), 1, _forward, outputs, output, outputs, (count + 3) & ~3, outputs, Inputs, false);
        Blocks<T>.AddBias(output, count, Outputs, _bias);
    }

    /// <summary>inputGradient (+)= outputGradient W.</summary>
    internal void Backward(float* outputGradient, float* inputGradient, int count, bool accumulate)
    {
        var inputs = SmallProducts<T>.Padded(Inputs);
        SmallProducts<T>.Multiply(
            outputGradient, SmallProducts<T>.Padded(Outputs), 1, _backward, inputs, inputGradient, inputs, (count + 3) & ~3, inputs, Outputs, accumulate);
    }

    /// <summary>Adds a block's weight and bias gradients to a buffer of <see cref="GradientSize"/>.</summary>
    internal void AddGradients(float* outputGradient, float* input, int count, float* buffer)
    {
        var (inputs, outputs) = (SmallProducts<T>.Padded(Inputs), SmallProducts<T>.Padded(Outputs));
        SmallProducts<T>.Multiply(outputGradient, 1, outputs, input, inputs, buffer, inputs, outputs, inputs, count, accumulate: true);
        Blocks<T>.AddColumnSums(outputGradient, count, Outputs, buffer + (outputs * inputs));
    }

    /// <summary>Sums the buffers of all chunks in order.</summary>
    internal void Reduce(float* buffers, long step, int chunks, LinearGradient target)
    {
        var (inputs, outputs) = (SmallProducts<T>.Padded(Inputs), SmallProducts<T>.Padded(Outputs));
        for (var o = 0; o < Outputs; o++)
        {
            ChunkSums.Reduce(buffers + (o * inputs), step, chunks, target.Weight + (o * Inputs), Inputs);
        }

        ChunkSums.Reduce(buffers + (outputs * inputs), step, chunks, target.Bias, Outputs);
    }
}

/// <summary>Sums over chunks in order, whatever threads made them.</summary>
internal static unsafe class ChunkSums
{
    internal static void Reduce(float* buffers, long step, int chunks, float* target, int count)
    {
        new Span<float>(target, count).Clear();
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            for (var i = 0; i < count; i++)
            {
                target[i] += buffers[(chunk * step) + i];
            }
        }
    }
}
