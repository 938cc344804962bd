// SPDX-License-Identifier: MIT
namespace Yoso.Cpu.Reference;

/// <summary>
/// The fused training-step functions for one token, by definition and in double precision. Gradients have no reference of
/// their own: they are what the derivative of these is.
/// </summary>
public static class FusedReference
{
    /// <summary>scale * (x - mean) / sqrt(variance + epsilon) + shift, with the biased variance.</summary>
    public static double[] LayerNorm(double[] x, double[] scale, double[] shift, double epsilon)
    {
        var mean = x.Average();
        var deviation = Math.Sqrt(x.Sum(v => (v - mean) * (v - mean)) / x.Length + epsilon);
        return [.. x.Select((v, c) => (scale[c] * (v - mean) / deviation) + shift[c])];
    }

    /// <summary>x W^T + b, W row-major [outputs, inputs].</summary>
    public static double[] Linear(double[] x, double[] weight, double[] bias) =>
        [.. bias.Select((b, o) => b + x.Select((v, i) => v * weight[(o * x.Length) + i]).Sum())];

    /// <summary>Kept values times 1 / (1 - p); <paramref name="bits"/> null drops nothing.</summary>
    public static double[] Drop(double[] x, uint[]? bits, int token, double scale)
    {
        var words = DropoutBits.Words(x.Length);
        return bits is null ? x : [.. x.Select((v, c) => (bits[(token * words) + (c / 32)] >> (c % 32) & 1) != 0 ? v * scale : 0)];
    }

    /// <summary>x times the normal distribution at x.</summary>
    public static double Gelu(double x) => x * 0.5 * (1 + Erf(x / Math.Sqrt(2)));

    /// <summary>2 / sqrt(pi) e^(-x^2) sum of 2^n x^(2n+1) / (2n+1)!!: positive terms only, hence full precision.</summary>
    private static double Erf(double x)
    {
        if (Math.Abs(x) > 6)
        {
            return Math.Sign(x); // 1 - 2e-17
        }

        var (term, sum) = (x, x);
        for (var n = 1; Math.Abs(term) > 1e-18 * Math.Abs(sum); n++)
        {
            term *= 2 * x * x / ((2 * n) + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }
}
