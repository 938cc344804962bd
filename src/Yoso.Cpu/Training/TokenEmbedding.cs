// SPDX-License-Identifier: MIT
using Yoso.Cpu.Training;

namespace Yoso.Cpu;

/// <summary>Tensors of <see cref="TokenEmbedding.Forward(in TokenEmbeddingCall, int)"/>.</summary>
public readonly unsafe struct TokenEmbeddingCall
{
    /// <summary>T.</summary>
    public required int Tokens { get; init; }

    /// <summary>C, any width.</summary>
    public required int Width { get; init; }

    /// <summary>A row a word, [V, C].</summary>
    public required TokenTensor Words { get; init; }

    /// <summary>V.</summary>
    public required int WordCount { get; init; }

    /// <summary>A row a position, [P, C].</summary>
    public required TokenTensor Positions { get; init; }

    /// <summary>P.</summary>
    public required int PositionCount { get; init; }

    /// <summary>[T], below V.</summary>
    public required long* WordIds { get; init; }

    /// <summary>[T], below P.</summary>
    public required long* PositionIds { get; init; }

    /// <summary>Over the output, [T, C].</summary>
    public Dropout Dropout { get; init; }

    /// <summary>[T, C], overwritten; not used by the backward pass.</summary>
    public required TokenTensor Output { get; init; }
}

/// <summary>Tensors of <see cref="TokenEmbedding.Backward(in TokenEmbeddingGradientCall, int)"/>.</summary>
public readonly struct TokenEmbeddingGradientCall
{
    public required TokenEmbeddingCall Forward { get; init; }

    /// <summary>[T, C].</summary>
    public required TokenTensor OutputGradient { get; init; }

    /// <summary>[V, C], overwritten.</summary>
    public required TokenTensor WordsGradient { get; init; }

    /// <summary>[P, C], overwritten.</summary>
    public required TokenTensor PositionsGradient { get; init; }
}

/// <summary>The first step of an encoder: dropout(word row + position row) of every token, O(T C).</summary>
public static class TokenEmbedding
{
    /// <exception cref="ArgumentException">An id is outside its table or strides do not fit; the message has them.</exception>
    public static void Forward(in TokenEmbeddingCall call, int threads) => Forward(in call, threads, CpuKernels.Path);

    /// <summary>Gradients of both tables; bit-identical for any number of threads.</summary>
    /// <exception cref="ArgumentException">An id is outside its table or strides do not fit; the message has them.</exception>
    public static void Backward(in TokenEmbeddingGradientCall call, int threads) => Backward(in call, threads, CpuKernels.Path);

    internal static void Forward(in TokenEmbeddingCall call, int threads, SimdPath path)
    {
        Check(in call);
        call.Output.Check(call.Tokens, call.Width, "Output");
        FusedKernels.For(path).Forward(in call, threads);
    }

    internal static void Backward(in TokenEmbeddingGradientCall call, int threads, SimdPath path)
    {
        var forward = call.Forward;
        Check(in forward);
        call.OutputGradient.Check(forward.Tokens, forward.Width, "Output gradient");
        call.WordsGradient.Check(forward.WordCount, forward.Width, "Gradient of the words");
        call.PositionsGradient.Check(forward.PositionCount, forward.Width, "Gradient of the positions");
        FusedKernels.For(path).Backward(in call, threads);
    }

    private static unsafe void Check(in TokenEmbeddingCall call)
    {
        call.Words.Check(call.WordCount, call.Width, "Words");
        call.Positions.Check(call.PositionCount, call.Width, "Positions");
        Check(call.WordIds, call.Tokens, call.WordCount, "word");
        Check(call.PositionIds, call.Tokens, call.PositionCount, "position");
    }

    private static unsafe void Check(long* ids, int tokens, int end, string name)
    {
        for (var token = 0; token < tokens; token++)
        {
            if ((ulong)ids[token] >= (ulong)end)
            {
                throw new ArgumentException($"Token {token} has {name} {ids[token]}; {name}s are 0 to {end - 1}.");
            }
        }
    }
}
