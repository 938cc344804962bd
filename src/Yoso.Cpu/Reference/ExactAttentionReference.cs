// SPDX-License-Identifier: MIT
namespace Yoso.Cpu.Reference;

/// <summary>Exact attention of one sequence and head by its definition, in double precision; matrices are [n, d].</summary>
public sealed class ExactAttentionReference
{
    private readonly WeightedLshCumulationReference.Inputs _inputs;
    private readonly double[,] _weights;     // before dropout
    private readonly double[,] _derivatives; // of the expectation's weight by q.k
    private readonly double[,] _keep;        // 0 or 1 / (1 - p)
    private readonly ExactWeight _weight;
    private readonly double _scale;
    private readonly int _n;

    /// <param name="inputs">The matrices; the output gradient is read by <see cref="Backward"/> only.</param>
    /// <param name="weight">Which attention.</param>
    /// <param name="scale">As in <see cref="ExactAttentionCall.Scale"/>.</param>
    /// <param name="codeLength">tau of the expectation.</param>
    /// <param name="keep">[n, n] dropout factors.</param>
    public ExactAttentionReference(WeightedLshCumulationReference.Inputs inputs, ExactWeight weight, double scale, int codeLength, double[,] keep)
    {
        (_inputs, _weight, _scale, _keep, _n) = (inputs, weight, scale, keep, inputs.Query.Length / inputs.HeadDim);
        (_weights, _derivatives) = (new double[_n, _n], new double[_n, _n]);
        for (var i = 0; i < _n; i++)
        {
            var total = 0.0;
            for (var j = 0; j < _n; j++)
            {
                var x = scale * WeightedLshCumulationReference.Dot(inputs.Query, i, inputs.Key, j, inputs.HeadDim);
                (_weights[i, j], _derivatives[i, j]) = weight == ExactWeight.Softmax ? (Math.Exp(x), 0) : Expectation(x, weight, scale, codeLength);
                total += _weights[i, j];
            }

            for (var j = 0; weight == ExactWeight.Softmax && j < _n; j++)
            {
                _weights[i, j] /= total;
            }
        }
    }

    public double[] Forward()
    {
        var (d, output) = (_inputs.HeadDim, new double[_inputs.Value.Length]);
        for (var i = 0; i < output.Length; i++)
        {
            for (var j = 0; j < _n; j++)
            {
                output[i] += _weights[i / d, j] * _keep[i / d, j] * _inputs.Value[(j * d) + (i % d)];
            }
        }

        return output;
    }

    public WeightedLshCumulationReference.Result Backward()
    {
        var result = WeightedLshCumulationReference.Empty(_inputs);
        for (var i = 0; i < _n; i++)
        {
            var mean = 0.0;
            for (var j = 0; j < _n; j++)
            {
                mean += _weights[i, j] * WeightGradient(i, j);
            }

            for (var j = 0; j < _n; j++)
            {
                var slope = _weight == ExactWeight.Softmax
                    ? _weights[i, j] * (WeightGradient(i, j) - mean) * _scale
                    : _derivatives[i, j] * WeightGradient(i, j);
                WeightedLshCumulationReference.AddPair(result, _inputs, i, j, slope, slope, _weights[i, j] * _keep[i, j]);
            }
        }

        return result;
    }

    private double WeightGradient(int i, int j) =>
        _keep[i, j] * WeightedLshCumulationReference.Dot(_inputs.OutputGradient, i, _inputs.Value, j, _inputs.HeadDim);

    private static (double Weight, double Derivative) Expectation(double x, ExactWeight weight, double scale, int codeLength)
    {
        var shared = 1 - (Math.Acos(Math.Clamp(x, -1, 1)) / Math.PI);
        var value = Math.Pow(shared, codeLength);
        return weight == ExactWeight.ExpectationLowerBound
            ? (value, codeLength / 2.0 * value)
            : (value, scale * codeLength * Math.Pow(shared, codeLength - 1) / Math.PI * Math.Min(10, 1 / Math.Sqrt(Math.Max(0, 1 - (x * x)))));
    }
}
