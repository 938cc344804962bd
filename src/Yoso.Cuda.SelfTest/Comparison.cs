// SPDX-License-Identifier: MIT
using System.Globalization;

namespace Yoso.Cuda.SelfTest;

/// <summary>Collects what differs from the CPU, and how near the rest came to its tolerance.</summary>
internal sealed class Comparison
{
    /// <summary>Half a unit in the last place of a float32, relative.</summary>
    private const double Epsilon = 1.0 / (1 << 24);

    private readonly List<string> _failures = [];

    public int Count { get; private set; }

    public double LargestErrorOfTolerance { get; private set; }

    public IReadOnlyList<string> Failures => _failures;

    public void Fail(string line) => _failures.Add(line);

    /// <summary>Codes must be the same bits.</summary>
    public void Codes(string what, ReadOnlySpan<ushort> actual, ReadOnlySpan<ushort> expected)
    {
        Count++;
        for (var i = 0; i < expected.Length; i++)
        {
            if (actual[i] != expected[i])
            {
                Fail($"{what}: code {i} is {actual[i]}, expected {expected[i]}");
                return;
            }
        }
    }

    /// <summary>
    /// Both sides add float32 numbers in different orders. A sum of k terms in any order is off by at most k ulps of the sum of magnitudes,
    /// and by about sqrt(k) of them when roundings are independent; <paramref name="terms"/> bounds k, and 4 sqrt(k) + 16 is allowed.
    /// </summary>
    public void Sums(string what, float[] actual, float[] expected, float[] magnitude, long terms)
    {
        var allowed = ((4 * Math.Sqrt(terms)) + 16) * Epsilon;
        Each(what, actual, expected, i => (allowed * magnitude[i]) + 1e-30);
    }

    /// <summary>
    /// Where magnitudes are not at hand: 5e-4 of the row's largest value and 5e-5 of the tensor's. Terms are off by about 1e-5 of themselves (the slope
    /// at x near 1 multiplies a rounding by 1 / (1 - x^2), 100 at most) and may cancel; a missing pair changes a row by about 1 / pairs.
    /// </summary>
    public void Rows(string what, float[] actual, float[] expected, int dim)
    {
        var largest = 0f;
        var rows = new float[expected.Length / dim];
        for (var i = 0; i < rows.Length * dim; i++)
        {
            rows[i / dim] = Math.Max(rows[i / dim], Math.Abs(expected[i]));
            largest = Math.Max(largest, Math.Abs(expected[i]));
        }

        Each(what, actual, expected, i => (5e-4 * rows[i / dim]) + (5e-5 * largest) + 1e-30);
    }

    private void Each(string what, float[] actual, float[] expected, Func<int, double> tolerance)
    {
        Count++;
        for (var i = 0; i < actual.Length; i++)
        {
            var share = Math.Abs((double)actual[i] - expected[i]) / tolerance(i);
            if (!(share <= 1)) // also NaN
            {
                Fail(string.Create(CultureInfo.InvariantCulture, $"{what}: element {i} is {actual[i]:g9}, expected {expected[i]:g9} within {tolerance(i):g3}"));
                return;
            }

            LargestErrorOfTolerance = Math.Max(LargestErrorOfTolerance, share);
        }
    }
}
