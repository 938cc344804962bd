// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;

namespace Yoso.Cpu.Simd;

/// <summary>Elementary functions on registers.</summary>
internal static partial class SimdMath<T>
    where T : unmanaged, ISimd<T>
{
    /// <summary>
    /// 1 - acos(x) / pi, the probability that two unit vectors with product x share a bit; absolute error 1e-7.
    /// </summary>
    /// <remarks>Polynomial 4.4.46 of Abramowitz and Stegun, Handbook of Mathematical Functions: error 2e-8 of acos.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T SharedBitProbability(T x)
    {
        var a = x & T.SplatBits(0x7fffffff);
        var poly = T.MultiplyAdd(T.Splat(-0.0012624911f), a, T.Splat(0.0066700901f));
        poly = T.MultiplyAdd(poly, a, T.Splat(-0.0170881256f));
        poly = T.MultiplyAdd(poly, a, T.Splat(0.0308918810f));
        poly = T.MultiplyAdd(poly, a, T.Splat(-0.0501743046f));
        poly = T.MultiplyAdd(poly, a, T.Splat(0.0889789874f));
        poly = T.MultiplyAdd(poly, a, T.Splat(-0.2145988016f));
        poly = T.MultiplyAdd(poly, a, T.Splat(1.5707963050f));
        var angle = T.Sqrt(T.Max(T.Splat(1) - a, T.Zero)) * poly * T.Splat(1 / MathF.PI); // acos|x| / pi
        return T.Select(T.LessThan(x, T.Zero), angle, T.Splat(1) - angle);
    }

    /// <summary>value^exponent for a small whole exponent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T Power(T value, int exponent)
    {
        var result = T.Splat(1);
        for (; exponent > 0; exponent >>= 1)
        {
            if ((exponent & 1) != 0)
            {
                result *= value;
            }

            value *= value;
        }

        return result;
    }

    /// <summary>The weight of <see cref="GradientMode.Sampled"/> for products q.k.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T SampledWeight(T product, int codeLength)
    {
        var limit = T.Splat(CollisionWeight.Limit);
        var x = T.Max(T.Min(product * T.Splat(CollisionWeight.Shrink), limit), T.Zero - limit);
        var power = Power(SharedBitProbability(x), codeLength - 1);
        return power * T.Splat(codeLength / MathF.PI) / T.Sqrt(T.Splat(1) - (x * x));
    }
}

/// <summary>Constants of the derivative of the collision probability.</summary>
internal static class CollisionWeight
{
    /// <summary>The authors' factor on q.k, which keeps the derivative at q = k finite.</summary>
    internal const float Shrink = 0.98f;

    /// <summary>Products are cut here, where 1 / sqrt(1 - x^2) reaches the authors' cap of 10; unit vectors never do.</summary>
    internal const float Limit = 0.99498744f;
}
