// SPDX-License-Identifier: MIT
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Yoso.Models;

/// <summary>Makes and initialises parameters: the same bits for the same seed, whatever the thread count or torch's generator.</summary>
internal static class Weights
{
    /// <summary>A parameter that belongs to its module, also when the module is built inside a dispose scope.</summary>
    public static Parameter Zeros(params long[] shape) => Owned(zeros(shape));

    public static Parameter Ones(params long[] shape) => Owned(ones(shape));

    /// <summary>Uniform in ± 1 / sqrt(fanIn): PyTorch's default for linear and convolution layers, weight and bias.</summary>
    public static void FillUniform(Parameter parameter, long fanIn, Seed seed)
    {
        var bound = 1 / Math.Sqrt(fanIn);
        Fill(parameter, i => (2 * Uniform(seed, i) - 1) * bound);
    }

    /// <summary>Normal by Box and Muller's transform.</summary>
    public static void FillNormal(Parameter parameter, double standardDeviation, Seed seed) =>
        Fill(parameter, i => standardDeviation * Normal(seed, i));

    /// <summary>Number <paramref name="index"/> of a stream of standard normal ones.</summary>
    public static double Normal(Seed seed, long index) =>
        Math.Sqrt(-2 * Math.Log(1 - Uniform(seed, 2 * index))) * Math.Cos(2 * Math.PI * Uniform(seed, 2 * index + 1));

    private static Parameter Owned(Tensor values)
    {
        var parameter = new Parameter(values);
        parameter.DetachFromDisposeScope();
        return parameter;
    }

    /// <summary>In [0, 1), 53 bits.</summary>
    private static double Uniform(Seed seed, long index) => (seed.Derive(index).Value >> 11) * (1.0 / (1UL << 53));

    private static void Fill(Parameter parameter, Func<long, double> value)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        var values = new float[parameter.numel()];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)value(i);
        }

        parameter.copy_(tensor(values, parameter.shape));
    }
}
