// SPDX-License-Identifier: MIT
using Yoso.Experiments.KernelBenchmark;

namespace Yoso.Experiments.Approximation;

internal static class ErrorMeasure
{
    /// <summary>‖a - b‖² / ‖b‖².</summary>
    /// <param name="rowLength">When not 0, rows of so many values are first divided by their length; a zero row stays zero.</param>
    public static double RelativeSquare(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int rowLength)
    {
        var (difference, square) = (0.0, 0.0);
        var length = rowLength == 0 ? a.Length : rowLength;
        for (var row = 0; row < a.Length; row += length)
        {
            var own = a.Slice(row, length);
            var other = b.Slice(row, length);
            var (scaleA, scaleB) = rowLength == 0 ? (1, 1) : (Inverse(own), Inverse(other));
            for (var i = 0; i < length; i++)
            {
                var d = (own[i] * scaleA) - (other[i] * scaleB);
                difference += d * d;
                square += other[i] * scaleB * (other[i] * scaleB);
            }
        }

        return difference / square;
    }

    /// <summary>The root of the mean of squares, with Student's 95 % interval of the mean; its lower end is at least 0.</summary>
    public static (double Value, double Low, double High) RootMeanSquare(IReadOnlyCollection<double> squares)
    {
        var mean = squares.Average();
        var deviation = Math.Sqrt(squares.Sum(s => (s - mean) * (s - mean)) / (squares.Count - 1));
        var half = BenchStatistics.StudentQuantile(squares.Count - 1) * deviation / Math.Sqrt(squares.Count);
        return (Math.Sqrt(mean), Math.Sqrt(Math.Max(0, mean - half)), Math.Sqrt(mean + half));
    }

    private static double Inverse(ReadOnlySpan<float> row)
    {
        var sum = 0.0;
        foreach (var x in row)
        {
            sum += x * (double)x;
        }

        return sum == 0 ? 0 : 1 / Math.Sqrt(sum);
    }
}
