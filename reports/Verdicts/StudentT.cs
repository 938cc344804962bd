// SPDX-License-Identifier: MIT
namespace Yoso.Reports.Verdicts;

/// <summary>Student's t and the binomial distribution, both through the regularised incomplete beta function.</summary>
internal static class StudentT
{
    /// <summary>P(T &lt;= t) with <paramref name="degrees"/> degrees of freedom.</summary>
    public static double Cumulative(double t, double degrees)
    {
        if (double.IsInfinity(t))
        {
            return t > 0 ? 1 : 0;
        }

        // Near zero degrees / (degrees + t * t) rounds to 1 and the small difference is lost, so the complement is taken there.
        var tail = t * t < degrees
            ? 0.5 - 0.5 * Beta.Regularized(0.5, degrees / 2, t * t / (degrees + t * t))
            : 0.5 * Beta.Regularized(degrees / 2, 0.5, degrees / (degrees + t * t));
        return t > 0 ? 1 - tail : tail;
    }

    /// <summary>The t with P(T &lt;= t) = <paramref name="p"/>, to 1e-12.</summary>
    public static double Quantile(double p, double degrees)
    {
        if (p is <= 0 or >= 1)
        {
            throw new ArgumentOutOfRangeException(nameof(p), p, "a probability between 0 and 1");
        }

        if (p < 0.5)
        {
            return -Quantile(1 - p, degrees);
        }

        var (low, high) = (0.0, 1.0);
        while (Cumulative(high, degrees) < p)
        {
            high *= 2;
        }

        for (var i = 0; i < 200 && high - low > 1e-12 * Math.Max(1, high); i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Cumulative(middle, degrees) < p ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;
    }
}

/// <summary>The binomial distribution's upper tail.</summary>
internal static class Binomial
{
    /// <summary>P(X &gt;= <paramref name="successes"/>) for X ~ Binomial(<paramref name="trials"/>, <paramref name="probability"/>).</summary>
    public static double AtLeast(int successes, int trials, double probability) => (successes, probability) switch
    {
        ( <= 0, _) => 1,
        (_, <= 0) => 0,
        (_, >= 1) => successes <= trials ? 1 : 0,
        _ when successes > trials => 0,
        _ => Beta.Regularized(successes, trials - successes + 1, probability),
    };
}

/// <summary>The incomplete beta function (continued fraction of DLMF 8.17.22, evaluated by Lentz's method).</summary>
internal static class Beta
{
    private static readonly double[] StirlingSeries = [1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188];

    /// <summary>I_x(a, b) for a, b &gt; 0 and x in [0, 1].</summary>
    public static double Regularized(double a, double b, double x)
    {
        if (x <= 0 || x >= 1)
        {
            return x <= 0 ? 0 : 1;
        }

        var front = Math.Exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + a * Math.Log(x) + b * Math.Log(1 - x));

        // The fraction converges fast only below the distribution's mean; above it the symmetry I_x(a,b) = 1 - I_{1-x}(b,a) helps.
        return x < (a + 1) / (a + b + 2) ? front * Fraction(a, b, x) / a : 1 - front * Fraction(b, a, 1 - x) / b;
    }

    private static double Fraction(double a, double b, double x)
    {
        const double tiny = 1e-300;
        var c = 1.0;
        var d = 1 / NotZero(1 - (a + b) * x / (a + 1));
        var h = d;
        for (var m = 1; m <= 10_000; m++)
        {
            var even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 / NotZero(1 + even * d);
            c = NotZero(1 + even / c);
            h *= d * c;
            var odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            d = 1 / NotZero(1 + odd * d);
            c = NotZero(1 + odd / c);
            h *= d * c;
            if (Math.Abs(d * c - 1) < 1e-15)
            {
                break;
            }
        }

        return h;

        static double NotZero(double value) => Math.Abs(value) < tiny ? tiny : value;
    }

    /// <summary>ln Gamma(x) for x &gt; 0: Stirling's series (DLMF 5.11.1) after shifting x above 10, where five terms give 1e-14.</summary>
    private static double LogGamma(double x)
    {
        var shift = 0.0;
        for (; x < 10; x++)
        {
            shift -= Math.Log(x);
        }

        var series = 0.0;
        var power = 1 / x;
        foreach (var coefficient in StirlingSeries)
        {
            series += coefficient * power;
            power /= x * x;
        }

        return shift + (x - 0.5) * Math.Log(x) - x + 0.5 * Math.Log(2 * Math.PI) + series;
    }
}
