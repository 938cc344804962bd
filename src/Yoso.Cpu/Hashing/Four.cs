// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Cpu.Simd;

namespace Yoso.Cpu.Hashing;

/// <summary>Four registers, coordinates <c>stride</c> apart, of a buffer [width, lanes].</summary>
internal unsafe struct Four<T>
    where T : unmanaged, ISimd<T>
{
    private T _a;
    private T _b;
    private T _c;
    private T _d;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Four(float* buffer, int first, int stride)
    {
        var p = buffer + (first * T.Count);
        var step = stride * T.Count;
        _a = T.Load(p);
        _b = T.Load(p + step);
        _c = T.Load(p + (2 * step));
        _d = T.Load(p + (3 * step));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly void Store(float* buffer, int first, int stride)
    {
        var p = buffer + (first * T.Count);
        var step = stride * T.Count;
        T.Store(_a, p);
        T.Store(_b, p + step);
        T.Store(_c, p + (2 * step));
        T.Store(_d, p + (3 * step));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Flip(uint* flips, int first, int stride)
    {
        _a ^= T.SplatBits(flips[first]);
        _b ^= T.SplatBits(flips[first + stride]);
        _c ^= T.SplatBits(flips[first + (2 * stride)]);
        _d ^= T.SplatBits(flips[first + (3 * stride)]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Transform()
    {
        var (ab, cd) = (_a + _b, _c + _d);
        var (amb, cmd) = (_a - _b, _c - _d);
        _a = ab + cd;
        _b = amb + cmd;
        _c = ab - cd;
        _d = amb - cmd;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Transform8(ref Four<T> low, ref Four<T> high)
    {
        low.Transform();
        high.Transform();
        (low._a, high._a) = (low._a + high._a, low._a - high._a);
        (low._b, high._b) = (low._b + high._b, low._b - high._b);
        (low._c, high._c) = (low._c + high._c, low._c - high._c);
        (low._d, high._d) = (low._d + high._d, low._d - high._d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly void Collect(int* target, int* bit, int* codes)
    {
        T.OrBitWherePositive(_a, bit[0], codes + target[0]);
        T.OrBitWherePositive(_b, bit[1], codes + target[1]);
        T.OrBitWherePositive(_c, bit[2], codes + target[2]);
        T.OrBitWherePositive(_d, bit[3], codes + target[3]);
    }
}
