// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Yoso.Cpu.Simd;
using Yoso.Cpu.Training;

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
    /// <summary>Tokens that are brought to length one and then hashed from the second cache; fewer at a time was slower.</summary>
    private const int UnitBlock = 1024;

    private readonly int _width;
    private readonly int _headDim;
    private readonly int _rotations;
    private readonly int _hashCount;
    private readonly int _words;              // 32-bit words that hold a rotation's signs
    private readonly CodePart* _parts;        // of all hashes one after another
    private readonly int* _partEnds;          // [hashes]
    private readonly uint* _flips;            // [rotations, 3, width] 0 or the sign bit
    private readonly float* _input;           // [width, lanes]
    private readonly float* _buffer;
    private readonly float* _signs;           // [rotations, words, lanes] bit c of word w: coordinate 32 w + c is above zero
    private readonly float* _zeroRow;

    internal HadamardKernel(HashPlan plan, int headDim, uint* signs, Scratch scratch)
    {
        _width = plan.Width;
        _headDim = headDim;
        _rotations = plan.Rotations;
        _hashCount = plan.HashCount;
        _words = _width / 32;
        _input = scratch.TakeZeroed<float>(_width * T.Count);
        _buffer = scratch.Take<float>(_width * T.Count);
        _signs = scratch.Take<float>((long)_rotations * _words * T.Count);
        _zeroRow = scratch.TakeZeroed<float>(_width);
        _parts = scratch.Take<CodePart>(plan.Parts.Length);
        plan.Parts.CopyTo(new Span<CodePart>(_parts, plan.Parts.Length));
        _partEnds = scratch.Take<int>(_hashCount);
        plan.PartEnds.CopyTo(new Span<int>(_partEnds, _hashCount));
        var flips = _rotations * HashPlan.Rounds * _width;
        _flips = scratch.Take<uint>(flips);
        for (var i = 0; i < flips; i++)
        {
            _flips[i] = (signs[i >> 5] >> (i & 31)) << 31;
        }
    }

    /// <param name="rows">The vectors.</param>
    /// <param name="unit">Where they are to be of length one: then these are hashed.</param>
    /// <param name="length">Tokens.</param>
    /// <param name="codes">Overwritten.</param>
    internal void Run(HeadRows rows, UnitTarget unit, int length, CodeRows codes)
    {
        if (unit.Given)
        {
            for (var first = 0; first < length; first += UnitBlock)
            {
                var count = Math.Min(UnitBlock, length - first);
                ToUnit(rows, unit, first, count);
                Run(unit.Rows.From(first), count, codes.From(first));
            }
        }
        else
        {
            Run(rows, length, codes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run(HeadRows rows, int length, CodeRows codes)
    {
        for (var token = 0; token < length; token += T.Count)
        {
            LoadLanes(rows, token, length);
            FetchNext(rows, token + T.Count, length, codes);
            for (var rotation = 0; rotation < _rotations; rotation++)
            {
                Rotate(rotation);
            }

            StoreCodes(token, codes);
        }
    }

    /// <summary>The rotations of these tokens take long enough to bring the next ones' rows, and the room for their codes, into the cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FetchNext(HeadRows rows, int token, int length, CodeRows codes)
    {
        for (var next = token; next < Math.Min(token + T.Count, length); next++)
        {
            Prefetch.Row(rows[next], _headDim);
        }

        for (var hash = 0; hash < _hashCount && token < length; hash++)
        {
            Prefetch.Line(codes[hash] + token);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ToUnit(HeadRows rows, UnitTarget unit, int first, int count)
    {
        for (var i = first; i < first + count; i++)
        {
            Prefetch.Row(rows[Math.Min(i + Prefetch.RowsAhead, first + count - 1)], _headDim);
            unit.InverseNorm(i) = UnitRows<T>.Row(rows[i], unit.Rows[i], _headDim);
        }
    }

    /// <summary>Puts the codes together from the signs of all rotations.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StoreCodes(int token, CodeRows codes)
    {
        var part = _parts;
        for (var hash = 0; hash < _hashCount; hash++)
        {
            var code = T.Zero;
            for (var end = _parts + _partEnds[hash]; part < end; part++)
            {
                var bits = T.ShiftRight(T.Load(_signs + ((long)part->Word * T.Count)), part->Right) & T.SplatBits(part->Mask);
                code ^= T.ShiftLeft(bits, part->Left);
            }

            T.StoreCodes(code, codes[hash] + token);
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
        var signs = _signs + ((long)rotation * _words * T.Count);
        switch (_width)
        {
            case 32: // 4 x 8
                First4(flips);
                Turn8<By4>(flips + 32);
                Turn4(flips + 64);
                Last8<By4>(signs);
                break;
            case 64: // 8 x 8
                First8(flips);
                Turn8<By8>(flips + 64);
                Turn8<By1>(flips + 128);
                Last8<By8>(signs);
                break;
            case 128: // 4 x 4 x 8
                First4(flips);
                Plain4();
                Turn8<By16>(flips + 128);
                Plain4();
                Turn4(flips + 256);
                Plain4();
                Last8<By16>(signs);
                break;
            default: // 256 = 4 x 8 x 8
                First4(flips);
                Plain8();
                Turn8<By32>(flips + 256);
                Plain8();
                Turn4(flips + 512);
                Plain8();
                Last8<By32>(signs);
                break;
        }
    }

    /// <summary>First pass of the first round: input, sign flip, transform of neighbouring coordinates.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void First4(uint* flips)
    {
        var input = _input;
        var buffer = _buffer;
        var width = _width;
        for (var i = 0; i < width; i += 4)
        {
            var x = new Four<T>(input, i, 1);
            x.Flip(flips, i, 1);
            x.Transform();
            x.Store(buffer, i, 1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void First8(uint* flips)
    {
        var input = _input;
        var buffer = _buffer;
        var width = _width;
        for (var i = 0; i < width; i += 8)
        {
            var (low, high) = (new Four<T>(input, i, 1), new Four<T>(input, i + 4, 1));
            low.Flip(flips, i, 1);
            high.Flip(flips, i + 4, 1);
            Four<T>.Transform8(ref low, ref high);
            low.Store(buffer, i, 1);
            high.Store(buffer, i + 4, 1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Plain4()
    {
        const int stride = 4;
        var buffer = _buffer;
        var width = _width;
        for (var start = 0; start < width; start += 4 * stride)
        {
            for (var i = start; i < start + stride; i++)
            {
                var x = new Four<T>(buffer, i, stride);
                x.Transform();
                x.Store(buffer, i, stride);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Plain8()
    {
        const int stride = 4;
        var buffer = _buffer;
        var width = _width;
        for (var start = 0; start < width; start += 8 * stride)
        {
            for (var i = start; i < start + stride; i++)
            {
                var (low, high) = (new Four<T>(buffer, i, stride), new Four<T>(buffer, i + (4 * stride), stride));
                Four<T>.Transform8(ref low, ref high);
                low.Store(buffer, i, stride);
                high.Store(buffer, i + (4 * stride), stride);
            }
        }
    }

    /// <summary>Last pass of a round, sign flip, first pass of the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Turn4(uint* flips)
    {
        var buffer = _buffer;
        var width = _width;
        for (var i = 0; i < width; i += 4)
        {
            var x = new Four<T>(buffer, i, 1);
            x.Transform();
            x.Flip(flips, i, 1);
            x.Transform();
            x.Store(buffer, i, 1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Turn8<TStride>(uint* flips)
        where TStride : struct, IStride
    {
        var stride = TStride.Value;
        var buffer = _buffer;
        var width = _width;
        for (var start = 0; start < width; start += 8 * stride)
        {
            for (var i = start; i < start + stride; i++)
            {
                var (low, high) = (new Four<T>(buffer, i, stride), new Four<T>(buffer, i + (4 * stride), stride));
                Four<T>.Transform8(ref low, ref high);
                low.Flip(flips, i, stride);
                high.Flip(flips, i + (4 * stride), stride);
                Four<T>.Transform8(ref low, ref high);
                low.Store(buffer, i, stride);
                high.Store(buffer, i + (4 * stride), stride);
            }
        }
    }

    /// <summary>Last pass of the last round: only the signs are kept. Eight registers collect them, one for every stride of coordinates.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Last8<TStride>(float* signs)
        where TStride : struct, IStride
    {
        var stride = TStride.Value;
        var buffer = _buffer;
        var (lowSigns, highSigns) = (default(Four<T>), default(Four<T>));
        for (var i = 0; i < stride; i++)
        {
            var (low, high) = (new Four<T>(buffer, i, stride), new Four<T>(buffer, i + (4 * stride), stride));
            Four<T>.Transform8(ref low, ref high);
            var bit = T.SplatBits(1u << i);
            low.Collect(bit, ref lowSigns);
            high.Collect(bit, ref highSigns);
        }

        lowSigns.Store(buffer, 0, 1);
        highSigns.Store(buffer, 4, 1);
        for (var part = 0; part < 8; part += 32 / stride)
        {
            var word = T.Load(buffer + (part * T.Count));
            for (var next = 1; next < 32 / stride; next++)
            {
                word ^= T.ShiftLeft(T.Load(buffer + ((part + next) * T.Count)), next * stride);
            }

            T.Store(word, signs + (part * stride / 32 * T.Count));
        }
    }
}
