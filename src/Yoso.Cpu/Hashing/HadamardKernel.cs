// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Yoso.Cpu.Simd;

namespace Yoso.Cpu.Hashing;

/// <summary>
/// Hashes <see cref="ISimd{T}.Count"/> vectors at once, one in each lane, so that a transform is additions only, without
/// shuffles.
/// </summary>
/// <remarks>
/// A transform of width 64 is two passes over the buffer (8 groups of 8 registers each). The factors of a Hadamard transform
/// commute, so every second round runs its passes backwards: the last pass of a round, the sign flip and the first pass of
/// the next round then touch the same registers and share one trip through the cache.
/// </remarks>
internal readonly unsafe ref struct HadamardKernel<T>
    where T : unmanaged, ISimd<T>
{
    private readonly int _width;
    private readonly int _headDim;
    private readonly int _rotations;
    private readonly int _hashCount;
    private readonly int _codeSet;  // ints from one half of the collected codes to the other
    private readonly int* _target;  // [rotations, width] offset of the coordinate's codes
    private readonly int* _bit;     // [rotations, width]
    private readonly uint* _flips;  // [rotations, 3, width] 0 or the sign bit
    private readonly float* _input; // [width, lanes]
    private readonly float* _buffer;
    private readonly int* _codes;   // [2, hashes + 1, lanes]
    private readonly float* _zeroRow;

    internal HadamardKernel(HashPlan plan, int headDim, uint* signs, Scratch scratch)
    {
        _width = plan.Width;
        _headDim = headDim;
        _rotations = plan.Rotations;
        _hashCount = plan.HashCount;
        _input = scratch.TakeZeroed<float>(_width * T.Count);
        _buffer = scratch.Take<float>(_width * T.Count);
        _codeSet = (_hashCount + 1) * T.Count;
        _codes = scratch.Take<int>(2 * _codeSet);
        _zeroRow = scratch.TakeZeroed<float>(_width);
        _target = scratch.Take<int>(plan.Hash.Length);
        _bit = scratch.Take<int>(plan.Hash.Length);
        for (var i = 0; i < plan.Hash.Length; i++)
        {
            // Neighbours in a group of the last pass go to different sets: a store and the load after it would else wait.
            _target[i] = (plan.Hash[i] * T.Count) + (i / (_width / 8) % 2 * _codeSet);
            _bit[i] = plan.Bit[i];
        }

        var flips = _rotations * HashPlan.Rounds * _width;
        _flips = scratch.Take<uint>(flips);
        for (var i = 0; i < flips; i++)
        {
            _flips[i] = (signs[i >> 5] >> (i & 31)) << 31;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Run(HeadRows rows, int length, CodeRows codes)
    {
        for (var token = 0; token < length; token += T.Count)
        {
            LoadLanes(rows, token, length);
            new Span<int>(_codes, 2 * _codeSet).Clear();
            for (var rotation = 0; rotation < _rotations; rotation++)
            {
                Rotate(rotation);
            }

            for (var hash = 0; hash < _hashCount; hash++)
            {
                T.StoreCodes(_codes + (hash * T.Count), _codes + _codeSet + (hash * T.Count), codes[hash] + token);
            }
        }
    }

    /// <summary>Turns rows into lanes, four rows by four columns at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LoadLanes(HeadRows rows, int token, int length)
    {
        for (var lane = 0; lane < T.Count; lane += 4)
        {
            var a = Row(rows, token + lane, length);
            var b = Row(rows, token + lane + 1, length);
            var c = Row(rows, token + lane + 2, length);
            var d = Row(rows, token + lane + 3, length);
            var column = 0;
            for (; column + 4 <= _headDim; column += 4)
            {
                var (va, vb) = (Vector128.Load(a + column), Vector128.Load(b + column));
                var (vc, vd) = (Vector128.Load(c + column), Vector128.Load(d + column));
                var (lowAc, highAc) = (Simd128.ZipLow(va, vc), Simd128.ZipHigh(va, vc));
                var (lowBd, highBd) = (Simd128.ZipLow(vb, vd), Simd128.ZipHigh(vb, vd));
                var target = _input + (column * T.Count) + lane;
                Simd128.ZipLow(lowAc, lowBd).Store(target);
                Simd128.ZipHigh(lowAc, lowBd).Store(target + T.Count);
                Simd128.ZipLow(highAc, highBd).Store(target + (2 * T.Count));
                Simd128.ZipHigh(highAc, highBd).Store(target + (3 * T.Count));
            }

            for (; column < _headDim; column++)
            {
                Vector128.Create(a[column], b[column], c[column], d[column]).Store(_input + (column * T.Count) + lane);
            }
        }
    }

    private float* Row(HeadRows rows, int token, int length) => token < length ? rows[token] : _zeroRow;

    private void Rotate(int rotation)
    {
        var flips = _flips + ((long)rotation * HashPlan.Rounds * _width);
        var target = _target + ((long)rotation * _width);
        var bit = _bit + ((long)rotation * _width);
        switch (_width)
        {
            case 32: // 4 x 8
                First4(flips);
                Turn8(4, flips + 32);
                Turn4(flips + 64);
                Last8(4, target, bit);
                break;
            case 64: // 8 x 8
                First8(flips);
                Turn8(8, flips + 64);
                Turn8(1, flips + 128);
                Last8(8, target, bit);
                break;
            case 128: // 4 x 4 x 8
                First4(flips);
                Plain4(4);
                Turn8(16, flips + 128);
                Plain4(4);
                Turn4(flips + 256);
                Plain4(4);
                Last8(16, target, bit);
                break;
            default: // 256 = 4 x 8 x 8
                First4(flips);
                Plain8(4);
                Turn8(32, flips + 256);
                Plain8(4);
                Turn4(flips + 512);
                Plain8(4);
                Last8(32, target, bit);
                break;
        }
    }

    /// <summary>First pass of the first round: input, sign flip, transform of neighbouring coordinates.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void First4(uint* flips)
    {
        for (var i = 0; i < _width; i += 4)
        {
            var x = new Four<T>(_input, i, 1);
            x.Flip(flips, i, 1);
            x.Transform();
            x.Store(_buffer, i, 1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void First8(uint* flips)
    {
        for (var i = 0; i < _width; i += 8)
        {
            var (low, high) = (new Four<T>(_input, i, 1), new Four<T>(_input, i + 4, 1));
            low.Flip(flips, i, 1);
            high.Flip(flips, i + 4, 1);
            Four<T>.Transform8(ref low, ref high);
            low.Store(_buffer, i, 1);
            high.Store(_buffer, i + 4, 1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Plain4(int stride)
    {
        for (var start = 0; start < _width; start += 4 * stride)
        {
            for (var i = start; i < start + stride; i++)
            {
                var x = new Four<T>(_buffer, i, stride);
                x.Transform();
                x.Store(_buffer, i, stride);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Plain8(int stride)
    {
        for (var start = 0; start < _width; start += 8 * stride)
        {
            for (var i = start; i < start + stride; i++)
            {
                var (low, high) = (new Four<T>(_buffer, i, stride), new Four<T>(_buffer, i + (4 * stride), stride));
                Four<T>.Transform8(ref low, ref high);
                low.Store(_buffer, i, stride);
                high.Store(_buffer, i + (4 * stride), stride);
            }
        }
    }

    /// <summary>Last pass of a round, sign flip, first pass of the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Turn4(uint* flips)
    {
        for (var i = 0; i < _width; i += 4)
        {
            var x = new Four<T>(_buffer, i, 1);
            x.Transform();
            x.Flip(flips, i, 1);
            x.Transform();
            x.Store(_buffer, i, 1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Turn8(int stride, uint* flips)
    {
        for (var start = 0; start < _width; start += 8 * stride)
        {
            for (var i = start; i < start + stride; i++)
            {
                var (low, high) = (new Four<T>(_buffer, i, stride), new Four<T>(_buffer, i + (4 * stride), stride));
                Four<T>.Transform8(ref low, ref high);
                low.Flip(flips, i, stride);
                high.Flip(flips, i + (4 * stride), stride);
                Four<T>.Transform8(ref low, ref high);
                low.Store(_buffer, i, stride);
                high.Store(_buffer, i + (4 * stride), stride);
            }
        }
    }

    /// <summary>Last pass of the last round: only the signs are kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Last8(int stride, int* target, int* bit)
    {
        for (var i = 0; i < stride; i++)
        {
            var (low, high) = (new Four<T>(_buffer, i, stride), new Four<T>(_buffer, i + (4 * stride), stride));
            Four<T>.Transform8(ref low, ref high);
            low.Collect(target + i, bit + i, stride, _codes);
            high.Collect(target + i + (4 * stride), bit + i + (4 * stride), stride, _codes);
        }
    }
}
