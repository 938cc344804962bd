// SPDX-License-Identifier: MIT
namespace Yoso.Cpu.Tests.Training;

/// <summary>Pinned arrays by name, so that kernels get stable pointers and references get the same numbers.</summary>
internal sealed unsafe class Buffers(int seed)
{
    private readonly Random _random = new(seed);
    private readonly Dictionary<string, float[]> _arrays = [];

    internal float[] this[string name] => _arrays[name];

    internal float* Random(string name, int count, double scale = 1)
    {
        var result = Empty(name, count);
        for (var i = 0; i < count; i++)
        {
            result[i] = (float)(scale * Normal());
        }

        return result;
    }

    internal float* Empty(string name, int count)
    {
        _arrays[name] = GC.AllocateArray<float>(Math.Max(1, count), pinned: true);
        Array.Fill(_arrays[name], float.NaN);
        return Pointer(name);
    }

    internal float* Pointer(string name)
    {
        fixed (float* p = _arrays[name])
        {
            return p; // allocated pinned, alive as long as this object
        }
    }

    internal double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    internal int Next(int limit) => _random.Next(limit);

    internal double[] Doubles(string name) => [.. _arrays[name].Select(x => (double)x)];

    /// <summary>
    /// Compares gradients with central differences of <paramref name="loss"/>, which takes every named array in double
    /// precision: some single entries, and one random direction through all entries.
    /// </summary>
    internal void AssertGradients(Dictionary<string, string> gradientOf, Func<Dictionary<string, double[]>, double> loss)
    {
        var values = gradientOf.Keys.ToDictionary(name => name, Doubles);
        foreach (var (name, gradientName) in gradientOf)
        {
            var (at, gradient) = (values[name], _arrays[gradientName]);
            var scale = gradient.Max(Math.Abs) + 1e-3;
            for (var k = 0; k < 6; k++)
            {
                var direction = new double[at.Length];
                direction[_random.Next(at.Length)] = 1;
                AssertAlong(values, name, direction, gradient, scale, loss);
            }

            AssertAlong(values, name, [.. at.Select(_ => Normal())], gradient, scale * Math.Sqrt(at.Length), loss);
        }
    }

    private static void AssertAlong(
        Dictionary<string, double[]> values, string name, double[] direction, float[] gradient, double scale, Func<Dictionary<string, double[]>, double> loss)
    {
        const double Step = 1e-5; // truncation about 1e-10, rounding about 1e-16 / 1e-5
        var at = values[name];
        values[name] = [.. at.Select((x, i) => x + (Step * direction[i]))];
        var above = loss(values);
        values[name] = [.. at.Select((x, i) => x - (Step * direction[i]))];
        var below = loss(values);
        values[name] = at;
        var expected = (above - below) / (2 * Step);
        var actual = direction.Select((x, i) => x * gradient[i]).Sum();
        Assert.True(Math.Abs(expected - actual) <= 3e-5 * scale, $"Derivative by {name}: {actual} instead of {expected} (scale {scale}).");
    }
}
