// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Cpu.Simd;

namespace Yoso.Cpu;

/// <summary>Cross entropy of the softmax of each row with its class, for many classes (a vocabulary): no probabilities are kept.</summary>
public static unsafe class CrossEntropy
{
    /// <summary>losses[m] = log sum exp(logits[m]) - logits[m, labels[m]]; NaN where a logit is NaN or infinite.</summary>
    /// <param name="logits">[M, V], contiguous.</param>
    /// <param name="labels">[M], each 0 .. V-1.</param>
    /// <param name="losses">[M], overwritten.</param>
    /// <param name="logSums">[M] log sum exp, overwritten; the backward pass needs it.</param>
    /// <param name="threads">Workers, from 1.</param>
    /// <exception cref="ArgumentException">A label is no class.</exception>
    public static void Forward(float* logits, long* labels, float* losses, float* logSums, int rows, int classes, int threads) =>
        Forward(logits, labels, losses, logSums, rows, classes, threads, CpuKernels.Path);

    /// <summary>logitGradients[m, v] = lossGradients[m] (exp(logits[m, v] - logSums[m]) - [v is the label]).</summary>
    /// <param name="logitGradients">[M, V], overwritten.</param>
    public static void Backward(float* logits, long* labels, float* logSums, float* lossGradients, float* logitGradients, int rows, int classes, int threads) =>
        Backward(logits, labels, logSums, lossGradients, logitGradients, rows, classes, threads, CpuKernels.Path);

    internal static void Forward(float* logits, long* labels, float* losses, float* logSums, int rows, int classes, int threads, SimdPath path)
    {
        for (var row = 0; row < rows; row++)
        {
            if (labels[row] < 0 || labels[row] >= classes)
            {
                throw new ArgumentException($"label {labels[row]} of row {row} is not one of {classes} classes");
            }
        }

        WorkItems.Run(Enumerable.Range(0, rows).ToArray(), threads, (row, _) =>
        {
            var line = logits + ((long)row * classes);
            logSums[row] = path switch
            {
                SimdPath.Vector512 => LogSum<Simd512>(line, classes),
                SimdPath.Vector256 => LogSum<Simd256>(line, classes),
                _ => LogSum<Simd128>(line, classes),
            };
            losses[row] = logSums[row] - line[labels[row]];
        });
    }

    internal static void Backward(
        float* logits, long* labels, float* logSums, float* lossGradients, float* logitGradients, int rows, int classes, int threads, SimdPath path)
    {
        WorkItems.Run(Enumerable.Range(0, rows).ToArray(), threads, (row, _) =>
        {
            var line = logits + ((long)row * classes);
            var target = logitGradients + ((long)row * classes);
            switch (path)
            {
                case SimdPath.Vector512:
                    Slopes<Simd512>(line, target, classes, logSums[row], lossGradients[row]);
                    break;
                case SimdPath.Vector256:
                    Slopes<Simd256>(line, target, classes, logSums[row], lossGradients[row]);
                    break;
                default:
                    Slopes<Simd128>(line, target, classes, logSums[row], lossGradients[row]);
                    break;
            }

            target[labels[row]] -= lossGradients[row];
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float LogSum<T>(float* x, int count)
        where T : unmanaged, ISimd<T>
    {
        var whole = count / T.Count * T.Count;
        var largest = x[0];
        if (whole > 0)
        {
            var most = T.Load(x);
            for (var i = T.Count; i < whole; i += T.Count)
            {
                most = T.Max(most, T.Load(x + i));
            }

            largest = T.MaxAcross(most);
        }

        for (var i = whole; i < count; i++)
        {
            largest = MathF.Max(largest, x[i]);
        }

        var (sum, strays) = (T.Zero, T.Zero);
        for (var i = 0; i < whole; i += T.Count)
        {
            sum += SimdMath<T>.Exp(T.Load(x + i) - T.Splat(largest));
            strays = T.MultiplyAdd(T.Load(x + i), T.Zero, strays); // the maximum and the exponential clip what is no number
        }

        double total = T.Sum(sum) + T.Sum(strays);
        for (var i = whole; i < count; i++)
        {
            total += Math.Exp(x[i] - largest);
        }

        return largest + (float)Math.Log(total);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Slopes<T>(float* x, float* target, int count, float logSum, float factor)
        where T : unmanaged, ISimd<T>
    {
        var i = 0;
        for (; i + T.Count <= count; i += T.Count)
        {
            T.Store(SimdMath<T>.Exp(T.Load(x + i) - T.Splat(logSum)) * T.Splat(factor), target + i);
        }

        for (; i < count; i++)
        {
            target[i] = MathF.Exp(x[i] - logSum) * factor;
        }
    }
}
