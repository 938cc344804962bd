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
        var minus = T.Splat(-1);
        var (ab, cd) = (_a + _b, _c + _d);
        var (amb, cmd) = (T.MultiplyAdd(minus, _b, _a), T.MultiplyAdd(minus, _d, _c));
        _a = ab + cd;
        _b = amb + cmd;
        _c = T.MultiplyAdd(minus, cd, ab);
        _d = T.MultiplyAdd(minus, cmd, amb);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Transform8(ref Four<T> low, ref Four<T> high)
    {
        var minus = T.Splat(-1);
        low.Transform();
        high.Transform();
        (low._a, high._a) = (low._a + high._a, T.MultiplyAdd(minus, high._a, low._a));
        (low._b, high._b) = (low._b + high._b, T.MultiplyAdd(minus, high._b, low._b));
        (low._c, high._c) = (low._c + high._c, T.MultiplyAdd(minus, high._c, low._c));
        (low._d, high._d) = (low._d + high._d, T.MultiplyAdd(minus, high._d, low._d));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly void Collect(int* target, int* bit, int stride, int* codes)
    {
        T.OrBitWherePositive(_a, bit[0], codes + target[0]);
        T.OrBitWherePositive(_b, bit[stride], codes + target[stride]);
        T.OrBitWherePositive(_c, bit[2 * stride], codes + target[2 * stride]);
        T.OrBitWherePositive(_d, bit[3 * stride], codes + target[3 * stride]);
    }
}
