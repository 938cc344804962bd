// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Cpu.Simd;

namespace Yoso.Cpu.Training;

/// <summary>One sequence and head of exact attention: its packed matrices and the weights of a block of queries.</summary>
internal readonly unsafe struct ExactItem<T>
    where T : unmanaged, ISimd<T>
{
    /// <summary>Queries at a time: their rows of weights stay in the second cache.</summary>
    internal const int Block = 32;

    private readonly HeadRows _query;
    private readonly int _headDim;
    private readonly float* _keysAcross; // [D, stride]
    private readonly float* _logSum;
    private readonly uint* _bits;
    private readonly long _firstBitRow;

    internal ExactItem(in ExactAttentionCall call, int item, Scratch scratch, bool backward)
    {
        var shape = call.Shape;
        _query = call.Query.Item(shape, item);
        _headDim = shape.HeadDim;
        Length = shape.Length(item);
        PaddedLength = SmallProducts<T>.Padded(Length);
        Width = SmallProducts<T>.Padded(_headDim);
        Stride = PaddedLength + 16; // rows a power of two apart would meet in the same cache sets
        var (key, value) = (call.Key.Item(shape, item), call.Value.Item(shape, item));
        _keysAcross = Across(key, scratch);
        Values = Packed(value, scratch);
        ValuesAcross = backward ? Across(value, scratch) : null;
        Keys = backward ? Packed(key, scratch) : null;
        Queries = scratch.TakeZeroed<float>((long)Block * Width);
        Weights = scratch.Take<float>((long)Block * Stride);
        Slopes = backward ? scratch.Take<float>((long)Block * Stride) : null;
        _bits = call.Dropout > 0 ? scratch.Take<uint>(DropoutBits.Words(PaddedLength)) : null;
        _logSum = call.LogSum is null ? null : call.LogSum + ((long)(item % shape.Heads) * shape.Tokens) + shape.FirstToken(item);
        _firstBitRow = ((long)(item % shape.Heads) * shape.Tokens) + shape.FirstToken(item);
    }

    internal int Length { get; }

    internal int PaddedLength { get; }

    internal int Width { get; }

    internal int Stride { get; }

    internal float* Values { get; }

    internal float* ValuesAcross { get; }

    internal float* Keys { get; }

    internal float* Queries { get; }

    /// <summary>[Block, Stride] weights after dropout.</summary>
    internal float* Weights { get; }

    /// <summary>[Block, Stride] gradients of the weights, then of the products q.k.</summary>
    internal float* Slopes { get; }

    /// <summary>Loads a block of queries and forms their products with all keys.</summary>
    internal int LoadQueries(int first)
    {
        var count = Math.Min(Block, Length - first);
        Load(_query, first, count, _headDim, Queries, Width);
        SmallProducts<T>.Multiply(Queries, Width, 1, _keysAcross, Stride, Weights, Stride, (count + 3) & ~3, PaddedLength, _headDim, false);
        return count;
    }

    /// <summary>Turns products into weights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Weigh(in ExactAttentionCall call, int first, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var row = Weights + ((long)i * Stride);
            if (call.Weight == ExactWeight.Softmax)
            {
                Softmax(row, first + i, call.Scale);
            }
            else
            {
                Expectation(row, call.Scale, call.CodeLength);
            }

            if (_bits is not null)
            {
                Drop(row, in call, first + i);
            }
        }
    }

    /// <summary>Weights from products, and slopes from gradients of the weights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Differentiate(in ExactAttentionCall call, int first, int count)
    {
        var keep = T.Splat(call.Dropout > 0 ? DropoutBits.Scale(call.Dropout) : 1);
        for (var i = 0; i < count; i++)
        {
            var (weights, slopes) = ((nint)(Weights + ((long)i * Stride)), (nint)(Slopes + ((long)i * Stride)));
            if (_bits is not null)
            {
                DropoutBits.FillRow(call.DropoutSeed, _firstBitRow + first + i, call.Dropout, _bits, DropoutBits.Words(PaddedLength));
                Mask((float*)slopes, keep);
            }

            if (call.Weight == ExactWeight.Softmax)
            {
                SoftmaxSlopes((float*)weights, (float*)slopes, _logSum[first + i], call.Scale);
            }
            else
            {
                ExpectationSlopes((float*)weights, (float*)slopes, in call);
            }

            if (_bits is not null)
            {
                Mask((float*)weights, keep);
            }
        }
    }

    internal static void Load(HeadRows source, int first, int count, int headDim, float* target, int width)
    {
        for (var t = 0; t < count; t++)
        {
            Blocks<T>.Copy(source[first + t], target + ((long)t * width), headDim);
            new Span<float>(target + ((long)t * width) + headDim, width - headDim).Clear();
        }
    }

    internal static void Store(float* source, int width, HeadRows target, int first, int count, int headDim)
    {
        for (var t = 0; t < count; t++)
        {
            Blocks<T>.Copy(source + ((long)t * width), target[first + t], headDim);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Softmax(float* row, int token, float scale)
    {
        var max = T.Splat(float.NegativeInfinity);
        var factor = T.Splat(scale);
        for (var c = 0; c < PaddedLength; c += T.Count)
        {
            var x = T.Load(row + c) * factor;
            T.Store(x, row + c);
            max = T.Max(T.Select(Columns(c), x, max), max);
        }

        var top = T.MaxAcross(max);
        var sum = T.Zero;
        for (var c = 0; c < PaddedLength; c += T.Count)
        {
            var e = SimdMath<T>.Exp(T.Load(row + c) - T.Splat(top)) & Columns(c);
            T.Store(e, row + c);
            sum += e;
        }

        var total = T.Sum(sum);
        for (var c = 0; c < PaddedLength; c += T.Count)
        {
            T.Store(T.Load(row + c) * T.Splat(1 / total), row + c);
        }

        if (_logSum is not null)
        {
            _logSum[token] = top + MathF.Log(total);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Expectation(float* row, float shrink, int codeLength)
    {
        for (var c = 0; c < PaddedLength; c += T.Count)
        {
            T.Store(SimdMath<T>.Power(SimdMath<T>.SharedBitProbability(Cut(T.Load(row + c) * T.Splat(shrink), 1)), codeLength) & Columns(c), row + c);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SoftmaxSlopes(float* weights, float* slopes, float logSum, float scale)
    {
        var delta = T.Zero;
        for (var c = 0; c < PaddedLength; c += T.Count)
        {
            var w = SimdMath<T>.Exp(T.MultiplyAdd(T.Load(weights + c), T.Splat(scale), T.Splat(-logSum))) & Columns(c);
            T.Store(w, weights + c);
            delta = T.MultiplyAdd(w, T.Load(slopes + c), delta);
        }

        var mean = T.Splat(T.Sum(delta));
        for (var c = 0; c < PaddedLength; c += T.Count)
        {
            T.Store(T.Load(weights + c) * (T.Load(slopes + c) - mean) * T.Splat(scale), slopes + c);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ExpectationSlopes(float* weights, float* slopes, in ExactAttentionCall call)
    {
        var trueDerivative = call.Weight == ExactWeight.ExpectationDerivative;
        for (var c = 0; c < PaddedLength; c += T.Count)
        {
            var x = T.Load(weights + c) * T.Splat(call.Scale);
            var shared = SimdMath<T>.SharedBitProbability(Cut(x, 1));
            var lower = SimdMath<T>.Power(shared, call.CodeLength - 1);
            var w = lower * shared & Columns(c);
            var derivative = w * T.Splat(call.CodeLength / 2f);
            if (trueDerivative)
            {
                var cut = Cut(x, CollisionWeight.Limit);
                derivative = lower * T.Splat(call.CodeLength * call.Scale / MathF.PI) / T.Sqrt(T.Splat(1) - (cut * cut)) & Columns(c);
            }

            T.Store(w, weights + c);
            T.Store(T.Load(slopes + c) * derivative, slopes + c);
        }
    }

    private void Drop(float* row, in ExactAttentionCall call, int token)
    {
        DropoutBits.FillRow(call.DropoutSeed, _firstBitRow + token, call.Dropout, _bits, DropoutBits.Words(PaddedLength));
        Mask(row, T.Splat(DropoutBits.Scale(call.Dropout)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Mask(float* row, T keep)
    {
        for (var c = 0; c < PaddedLength; c += T.Count)
        {
            T.Store(T.Load(row + c) * keep & T.LaneMask(_bits[c >> 5] >> (c & 31)), row + c);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Cut(T x, float limit) => T.Max(T.Min(x, T.Splat(limit)), T.Splat(-limit));

    /// <summary>A mask of the keys from c that are not padding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T Columns(int c) => T.LaneMask(Length - c >= T.Count ? uint.MaxValue : Length <= c ? 0 : (1u << (Length - c)) - 1);

    /// <summary>[D, Stride], zero in the padding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float* Across(HeadRows rows, Scratch scratch)
    {
        var target = scratch.TakeZeroed<float>((long)_headDim * Stride);
        for (var t = 0; t < Length; t++)
        {
            var row = rows[t];
            for (var c = 0; c < _headDim; c++)
            {
                target[((long)c * Stride) + t] = row[c];
            }
        }

        return target;
    }

    private float* Packed(HeadRows rows, Scratch scratch)
    {
        var target = scratch.Take<float>((long)Length * Width);
        Load(rows, 0, Length, _headDim, target, Width);
        return target;
    }
}
