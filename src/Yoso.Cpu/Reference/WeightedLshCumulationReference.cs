// SPDX-License-Identifier: MIT
namespace Yoso.Cpu.Reference;

/// <summary>Query, key and value gradients of one sequence and head by their definition, in double precision.</summary>
public static class WeightedLshCumulationReference
{
    /// <summary>Gradients, each row-major [n, d].</summary>
    public sealed record Result(double[] Query, double[] Key, double[] Value);

    /// <summary>The matrices of the backward pass, row-major [n, d].</summary>
    public sealed record Inputs(float[] Query, float[] Key, float[] Value, float[] OutputGradient, int HeadDim);

    /// <summary>Each colliding pair in each hash weighs tau / 2 / m. Codes are [m][n].</summary>
    public static Result LowerBound(ushort[][] queryCodes, ushort[][] keyCodes, Inputs inputs, int codeLength)
    {
        var result = Empty(inputs);
        var d = inputs.HeadDim;
        for (var i = 0; i < inputs.Query.Length / d; i++)
        {
            for (var j = 0; j < inputs.Key.Length / d; j++)
            {
                var collisions = LshCumulationReference.Collisions(queryCodes, keyCodes, i, j);
                if (collisions > 0)
                {
                    var mean = collisions / (double)queryCodes.Length;
                    var weight = mean * codeLength / 2 * Dot(inputs.OutputGradient, i, inputs.Value, j, d);
                    AddPair(result, inputs, i, j, weight, weight, mean);
                }
            }
        }

        return result;
    }

    internal static Result Empty(Inputs inputs) =>
        new(new double[inputs.Query.Length], new double[inputs.Key.Length], new double[inputs.Value.Length]);

    internal static void AddPair(Result result, Inputs inputs, int i, int j, double queryWeight, double keyWeight, double valueWeight)
    {
        var d = inputs.HeadDim;
        for (var c = 0; c < d; c++)
        {
            result.Query[(i * d) + c] += queryWeight * inputs.Key[(j * d) + c];
            result.Key[(j * d) + c] += keyWeight * inputs.Query[(i * d) + c];
            result.Value[(j * d) + c] += valueWeight * inputs.OutputGradient[(i * d) + c];
        }
    }

    internal static double Dot(float[] left, int i, float[] right, int j, int d)
    {
        var sum = 0.0;
        for (var c = 0; c < d; c++)
        {
            sum += (double)left[(i * d) + c] * right[(j * d) + c];
        }

        return sum;
    }
}
