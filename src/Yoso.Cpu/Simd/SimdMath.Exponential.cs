// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;

namespace Yoso.Cpu.Simd;

internal static partial class SimdMath<T>
{
    /// <summary>e^x for x up to 88, relative error 2e-7; below -87 it is e^-87, which is 0 beside 1 in float.</summary>
    /// <remarks>Reduction by whole powers of two, ln 2 in two parts (Cody and Waite), Taylor polynomial on +-ln(2)/2.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T Exp(T x)
    {
        x = T.Max(T.Min(x, T.Splat(88)), T.Splat(-87));
        var n = T.Round(x * T.Splat(1.44269504f));
        var r = T.MultiplyAdd(n, T.Splat(-0.693359375f), x);
        r = T.MultiplyAdd(n, T.Splat(2.12194440e-4f), r);
        var p = T.MultiplyAdd(T.Splat(1f / 720), r, T.Splat(1f / 120));
        p = T.MultiplyAdd(p, r, T.Splat(1f / 24));
        p = T.MultiplyAdd(p, r, T.Splat(1f / 6));
        p = T.MultiplyAdd(p, r, T.Splat(0.5f));
        p = T.MultiplyAdd(p, r, T.Splat(1));
        p = T.MultiplyAdd(p, r, T.Splat(1));
        return p * T.PowerOfTwo(n);
    }

    /// <summary>x Phi(x) and its derivative Phi(x) + x phi(x), Phi the normal distribution; absolute error 3e-7 times max(1, |x|).</summary>
    /// <remarks>Error function 7.1.26 of Abramowitz and Stegun (error 1.5e-7); its exponential is also the density.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static (T Value, T Derivative) Gelu(T x)
    {
        var a = x & T.SplatBits(0x7fffffff);
        var t = T.Splat(1) / T.MultiplyAdd(a, T.Splat(0.3275911f * 0.70710678f), T.Splat(1));
        var exp = Exp(x * x * T.Splat(-0.5f));
        var p = T.MultiplyAdd(T.Splat(1.061405429f), t, T.Splat(-1.453152027f));
        p = T.MultiplyAdd(p, t, T.Splat(1.421413741f));
        p = T.MultiplyAdd(p, t, T.Splat(-0.284496736f));
        p = T.MultiplyAdd(p, t, T.Splat(0.254829592f));
        var tail = T.Splat(0.5f) * p * t * exp; // Phi(-|x|)
        var phi = T.Select(T.LessThan(x, T.Zero), tail, T.Splat(1) - tail);
        return (x * phi, T.MultiplyAdd(x * exp, T.Splat(0.39894228f), phi));
    }
}
