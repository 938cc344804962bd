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
        var p = flips + first;
        _a = T.FlipSigns(_a, p);
        _b = T.FlipSigns(_b, p + stride);
        _c = T.FlipSigns(_c, p + (2 * stride));
        _d = T.FlipSigns(_d, p + (3 * stride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Transform()
    {
        var minus = T.Splat(-1);
        var (ab, cd) = (_a + _b, _c + _d);
        var (amb, cmd) = (T.MultiplyAdd(_b, minus, _a), T.MultiplyAdd(_d, minus, _c));
        _a = ab + cd;
        _b = amb + cmd;
        _c = T.MultiplyAdd(cd, minus, ab);
        _d = T.MultiplyAdd(cmd, minus, amb);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Transform8(ref Four<T> low, ref Four<T> high)
    {
        var minus = T.Splat(-1);
        low.Transform();
        high.Transform();
        (low._a, high._a) = (low._a + high._a, T.MultiplyAdd(high._a, minus, low._a));
        (low._b, high._b) = (low._b + high._b, T.MultiplyAdd(high._b, minus, low._b));
        (low._c, high._c) = (low._c + high._c, T.MultiplyAdd(high._c, minus, low._c));
        (low._d, high._d) = (low._d + high._d, T.MultiplyAdd(high._d, minus, low._d));
    }

    /// <summary>Sets <paramref name="bit"/> in the lanes of each of the four sets where the coordinate is above zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly void Collect(T bit, ref Four<T> sets)
    {
        sets._a = T.SetWherePositive(_a, bit, sets._a);
        sets._b = T.SetWherePositive(_b, bit, sets._b);
        sets._c = T.SetWherePositive(_c, bit, sets._c);
        sets._d = T.SetWherePositive(_d, bit, sets._d);
    }
}
