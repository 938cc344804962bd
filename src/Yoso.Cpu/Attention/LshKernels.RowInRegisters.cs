// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;

namespace Yoso.Cpu.Attention;

internal sealed unsafe partial class LshKernels<T, TWidth>
{
    /// <summary>
    /// What <see cref="Row{TWithFirst}"/> computes, with the sums of one probe kept in registers: heads of up to four registers. The
    /// conditions are constants of the width.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void RowInRegisters<TWithFirst>(float* probe, float* rows, ushort* list, int count, float factor, float* gradient, float* first, bool fresh)
        where TWithFirst : struct, ISwitch
    {
        var (p0, p1, p2, p3) = (T.Load(probe), At(probe, 1), At(probe, 2), At(probe, 3));
        var (g0, g1, g2, g3) = (T.Zero, T.Zero, T.Zero, T.Zero);
        var (f0, f1, f2, f3) = (T.Zero, T.Zero, T.Zero, T.Zero);
        for (var k = 0; k < count; k += 4)
        {
            var four = new FourRows(rows, list + k);
            var (a, b, c, d) = (T.Load(four.A), T.Load(four.B), T.Load(four.C), T.Load(four.D));
            var (s0, s1, s2, s3) = (p0 * a, p0 * b, p0 * c, p0 * d);
            f0 = TWithFirst.On ? f0 + (a + b + (c + d)) : f0;
            if (Width >= 2 * T.Count)
            {
                (a, b, c, d) = (At(four.A, 1), At(four.B, 1), At(four.C, 1), At(four.D, 1));
                (s0, s1, s2, s3) = (T.MultiplyAdd(p1, a, s0), T.MultiplyAdd(p1, b, s1), T.MultiplyAdd(p1, c, s2), T.MultiplyAdd(p1, d, s3));
                f1 = TWithFirst.On ? f1 + (a + b + (c + d)) : f1;
            }

            if (Width >= 4 * T.Count)
            {
                (a, b, c, d) = (At(four.A, 2), At(four.B, 2), At(four.C, 2), At(four.D, 2));
                (s0, s1, s2, s3) = (T.MultiplyAdd(p2, a, s0), T.MultiplyAdd(p2, b, s1), T.MultiplyAdd(p2, c, s2), T.MultiplyAdd(p2, d, s3));
                f2 = TWithFirst.On ? f2 + (a + b + (c + d)) : f2;
                (a, b, c, d) = (At(four.A, 3), At(four.B, 3), At(four.C, 3), At(four.D, 3));
                (s0, s1, s2, s3) = (T.MultiplyAdd(p3, a, s0), T.MultiplyAdd(p3, b, s1), T.MultiplyAdd(p3, c, s2), T.MultiplyAdd(p3, d, s3));
                f3 = TWithFirst.On ? f3 + (a + b + (c + d)) : f3;
            }

            var dots = T.RepeatedSum4(s0, s1, s2, s3);
            var (w0, w1, w2, w3) = (T.Repeat(dots, 0), T.Repeat(dots, 1), T.Repeat(dots, 2), T.Repeat(dots, 3));
            g0 = Weigh(g0, 0, w0, w1, w2, w3, four);
            if (Width >= 2 * T.Count)
            {
                g1 = Weigh(g1, T.Count, w0, w1, w2, w3, four);
            }

            if (Width >= 4 * T.Count)
            {
                g2 = Weigh(g2, 2 * T.Count, w0, w1, w2, w3, four);
                g3 = Weigh(g3, 3 * T.Count, w0, w1, w2, w3, four);
            }
        }

        var scale = T.Splat(factor);
        Put(gradient, g0 * scale, g1 * scale, g2 * scale, g3 * scale, fresh);
        if (TWithFirst.On)
        {
            Put(first, f0, f1, f2, f3, fresh);
        }
    }

    /// <summary>Register <paramref name="number"/> of a row; of a narrower row one that is not used.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T At(float* row, int number) => number * T.Count < Width ? T.Load(row + (number * T.Count)) : T.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Weigh(T sum, int column, T w0, T w1, T w2, T w3, FourRows rows)
    {
        var even = T.MultiplyAdd(w0, T.Load(rows.A + Width + column), sum);
        var odd = w1 * T.Load(rows.B + Width + column);
        even = T.MultiplyAdd(w2, T.Load(rows.C + Width + column), even);
        odd = T.MultiplyAdd(w3, T.Load(rows.D + Width + column), odd);
        return even + odd;
    }

    /// <summary>target (+)= the four registers, of which a narrower row has fewer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* target, T v0, T v1, T v2, T v3, bool fresh)
    {
        if (!fresh)
        {
            (v0, v1, v2, v3) = (v0 + T.Load(target), v1 + At(target, 1), v2 + At(target, 2), v3 + At(target, 3));
        }

        T.Store(v0, target);
        if (Width >= 2 * T.Count)
        {
            T.Store(v1, target + T.Count);
        }

        if (Width >= 4 * T.Count)
        {
            T.Store(v2, target + (2 * T.Count));
            T.Store(v3, target + (3 * T.Count));
        }
    }
}
