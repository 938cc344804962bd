// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Cpu.Simd;

namespace Yoso.Cpu.Training;

/// <summary>
/// One sequence and head spread out by position, with zeros where no token is and half a window of them at both ends: row
/// position + k is what filter element k meets at that position. Rows are padded to whole registers.
/// </summary>
internal readonly unsafe struct ConvolutionRows<T>
    where T : unmanaged, ISimd<T>
{
    /// <summary>Rows at a time, as many sums as hide the latency of a multiply-add.</summary>
    private const int Together = 8;

    /// <summary>Tokens whose products are summed in float before they go into the double sum.</summary>
    private const int Chunk = 64;

    private readonly float* _rows;
    private readonly long* _positions;
    private readonly int _length, _headDim, _width, _window;

    internal ConvolutionRows(in ConvolutionCall call, HeadTensor source, int item, Scratch scratch)
    {
        var shape = call.Shape;
        (_length, _headDim, _width, _window) = (shape.Length(item), shape.HeadDim, Blocks<T>.Padded(shape.HeadDim), call.Window);
        _positions = call.Positions + shape.FirstToken(item);
        var (from, lowest, highest) = (source.Item(shape, item), long.MaxValue, -1L);
        for (var t = 0; t < _length; t++)
        {
            (lowest, highest) = (Math.Min(lowest, _positions[t]), Math.Max(highest, _positions[t]));
        }

        var rows = _length == 0 ? 0 : highest - lowest + _window;
        // So that a position can be used as it is.
        _rows = scratch.TakeZeroed<float>(rows * _width) - (_length == 0 ? 0 : lowest * _width);
        for (var t = 0; t < _length; t++)
        {
            Blocks<T>.Copy(from[t], _rows + ((_positions[t] + (_window / 2)) * _width), _headDim);
        }
    }

    /// <summary>target[t] = start[t] + sum over k of filter[k] * row position[t] + k.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Filter(float* filter, HeadRows? start, HeadRows target, Scratch scratch)
    {
        var sums = scratch.Take<float>(Together * _width);
        for (var first = 0; first < _length; first += Together)
        {
            var count = Math.Min(Together, _length - first);
            Filter(filter, first, count, sums);
            for (var i = 0; i < count; i++)
            {
                if (start is { } rows)
                {
                    Add(rows[first + i], sums + (i * _width), target[first + i]);
                }
                else
                {
                    Blocks<T>.Copy(sums + (i * _width), target[first + i], _headDim);
                }
            }
        }
    }

    /// <summary>sums[k] += sum over tokens t of gradient at position[t] . row position[t] + k.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void AddProducts(ConvolutionRows<T> gradient, double* sums, Scratch scratch)
    {
        var products = scratch.Take<float>(Together * T.Count);
        for (var first = 0; first < _length; first += Chunk)
        {
            var last = Math.Min(first + Chunk, _length);
            for (var k = 0; k < _window; k += Together)
            {
                var count = Math.Min(Together, _window - k);
                if (count == Together)
                {
                    Products(gradient, first, last, k, products);
                }
                else
                {
                    for (var i = 0; i < count; i++)
                    {
                        Product(gradient, first, last, k + i, products + (i * T.Count));
                    }
                }

                for (var i = 0; i < count; i++)
                {
                    sums[k + i] += T.Sum(T.Load(products + (i * T.Count)));
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Filter(float* filter, int first, int count, float* sums)
    {
        var (width, window, last) = (_width, _window, first + count - 1);
        // Past the end the last row again: its sums are not used.
        float* p0 = Row(first), p1 = Row(Math.Min(first + 1, last)), p2 = Row(Math.Min(first + 2, last)), p3 = Row(Math.Min(first + 3, last));
        float* p4 = Row(Math.Min(first + 4, last)), p5 = Row(Math.Min(first + 5, last)), p6 = Row(Math.Min(first + 6, last)), p7 = Row(Math.Min(first + 7, last));
        for (var c = 0; c < width; c += T.Count)
        {
            T s0 = T.Zero, s1 = T.Zero, s2 = T.Zero, s3 = T.Zero, s4 = T.Zero, s5 = T.Zero, s6 = T.Zero, s7 = T.Zero;
            var at = (long)c;
            for (var k = 0; k < window; k++)
            {
                var weight = T.Splat(filter[k]);
                s0 = T.MultiplyAdd(weight, T.Load(p0 + at), s0);
                s1 = T.MultiplyAdd(weight, T.Load(p1 + at), s1);
                s2 = T.MultiplyAdd(weight, T.Load(p2 + at), s2);
                s3 = T.MultiplyAdd(weight, T.Load(p3 + at), s3);
                s4 = T.MultiplyAdd(weight, T.Load(p4 + at), s4);
                s5 = T.MultiplyAdd(weight, T.Load(p5 + at), s5);
                s6 = T.MultiplyAdd(weight, T.Load(p6 + at), s6);
                s7 = T.MultiplyAdd(weight, T.Load(p7 + at), s7);
                at += width;
            }

            var target = sums + c;
            T.Store(s0, target);
            T.Store(s1, target + width);
            T.Store(s2, target + (2 * width));
            T.Store(s3, target + (3 * width));
            T.Store(s4, target + (4 * width));
            T.Store(s5, target + (5 * width));
            T.Store(s6, target + (6 * width));
            T.Store(s7, target + (7 * width));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Products(ConvolutionRows<T> gradient, int first, int last, int k, float* products)
    {
        long width = _width, middle = _window / 2 * width;
        T s0 = T.Zero, s1 = T.Zero, s2 = T.Zero, s3 = T.Zero, s4 = T.Zero, s5 = T.Zero, s6 = T.Zero, s7 = T.Zero;
        for (var t = first; t < last; t++)
        {
            float* g = gradient.Row(t) + middle, row = Row(t) + (k * width);
            for (var c = 0; c < width; c += T.Count)
            {
                var x = T.Load(g + c);
                var p = row + c;
                s0 = T.MultiplyAdd(x, T.Load(p), s0);
                s1 = T.MultiplyAdd(x, T.Load(p + width), s1);
                s2 = T.MultiplyAdd(x, T.Load(p + (2 * width)), s2);
                s3 = T.MultiplyAdd(x, T.Load(p + (3 * width)), s3);
                s4 = T.MultiplyAdd(x, T.Load(p + (4 * width)), s4);
                s5 = T.MultiplyAdd(x, T.Load(p + (5 * width)), s5);
                s6 = T.MultiplyAdd(x, T.Load(p + (6 * width)), s6);
                s7 = T.MultiplyAdd(x, T.Load(p + (7 * width)), s7);
            }
        }

        T.Store(s0, products);
        T.Store(s1, products + T.Count);
        T.Store(s2, products + (2 * T.Count));
        T.Store(s3, products + (3 * T.Count));
        T.Store(s4, products + (4 * T.Count));
        T.Store(s5, products + (5 * T.Count));
        T.Store(s6, products + (6 * T.Count));
        T.Store(s7, products + (7 * T.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Product(ConvolutionRows<T> gradient, int first, int last, int k, float* product)
    {
        var sum = T.Zero;
        for (var t = first; t < last; t++)
        {
            float* g = gradient.Row(t) + (_window / 2 * _width), row = Row(t) + (k * _width);
            for (var c = 0; c < _width; c += T.Count)
            {
                sum = T.MultiplyAdd(T.Load(g + c), T.Load(row + c), sum);
            }
        }

        T.Store(sum, product);
    }

    private void Add(float* a, float* b, float* target)
    {
        var c = 0;
        for (; c + T.Count <= _headDim; c += T.Count)
        {
            T.Store(T.Load(a + c) + T.Load(b + c), target + c);
        }

        for (; c < _headDim; c++)
        {
            target[c] = a[c] + b[c];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float* Row(int token) => _rows + (_positions[token] * _width);
}
