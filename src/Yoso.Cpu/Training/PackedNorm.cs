// SPDX-License-Identifier: MIT
using Yoso.Cpu.Simd;

namespace Yoso.Cpu.Training;

/// <summary>Scale and shift of an optional layer normalisation, padded with zeros; shared by all workers.</summary>
internal readonly unsafe struct PackedNorm<T>
    where T : unmanaged, ISimd<T>
{
    private readonly float* _scale;
    private readonly float* _shift;
    private readonly float _epsilon;
    private readonly int _width;

    internal PackedNorm(LayerNorm? norm, int width, Scratch scratch)
    {
        _width = width;
        if (norm is { } n)
        {
            _epsilon = n.Epsilon;
            _scale = scratch.TakeZeroed<float>(SmallProducts<T>.Padded(width));
            _shift = scratch.TakeZeroed<float>(SmallProducts<T>.Padded(width));
            Blocks<T>.Copy(n.Scale, _scale, width);
            Blocks<T>.Copy(n.Shift, _shift, width);
        }
    }

    /// <summary>Floats of a gradient buffer: scale, shift.</summary>
    internal int GradientSize => 2 * SmallProducts<T>.Padded(_width);

    /// <summary>Standardises <paramref name="block"/> in place and writes the normalised rows; without a norm copies them.</summary>
    /// <param name="statistics">2 floats a token, from the block's first; may be null.</param>
    internal void Forward(float* block, int count, float* statistics, float* normalised)
    {
        var local = stackalloc float[2 * TokenChunks.Block];
        if (_scale is not null)
        {
            LayerNormBlocks<T>.Standardise(block, count, _width, _epsilon, statistics is null ? local : statistics);
        }

        Affine(block, count, normalised);
    }

    /// <summary>The same from kept statistics.</summary>
    internal void Again(float* block, int count, float* statistics, float* normalised)
    {
        if (_scale is not null)
        {
            LayerNormBlocks<T>.Restandardise(block, count, _width, statistics);
        }

        Affine(block, count, normalised);
    }

    internal void Backward(float* gradient, float* standardised, int count, float* statistics, float* buffer)
    {
        if (_scale is not null)
        {
            LayerNormBlocks<T>.Backward(
                gradient, standardised, count, _width, _scale, statistics, buffer, buffer + SmallProducts<T>.Padded(_width));
        }
    }

    internal void Reduce(float* buffers, long step, int chunks, LayerNorm? target)
    {
        if (target is { } t)
        {
            ChunkSums.Reduce(buffers, step, chunks, t.Scale, _width);
            ChunkSums.Reduce(buffers + SmallProducts<T>.Padded(_width), step, chunks, t.Shift, _width);
        }
    }

    private void Affine(float* block, int count, float* normalised)
    {
        if (_scale is not null)
        {
            LayerNormBlocks<T>.Affine(block, count, _width, _scale, _shift, normalised);
        }
        else
        {
            Blocks<T>.Copy(block, normalised, count * SmallProducts<T>.Padded(_width));
        }
    }
}
