// SPDX-License-Identifier: MIT
namespace Yoso.Reports.Claims;

/// <summary>SplitMix64 (Steele, Lea and Flood, 2014): the same numbers on every machine and .NET version.</summary>
internal sealed class SplitMix(ulong state)
{
    private ulong _state = state;

    public double Gaussian()
    {
        // Box and Muller; 1 - u is in (0, 1], so the logarithm is finite.
        var radius = Math.Sqrt(-2 * Math.Log(1 - Uniform()));
        return radius * Math.Cos(2 * Math.PI * Uniform());
    }

    /// <summary>Student's t with <paramref name="freedom"/> degrees of freedom, at least 1.</summary>
    public double StudentT(int freedom)
    {
        var squares = 0.0;
        for (var i = 0; i < freedom; i++)
        {
            var g = Gaussian();
            squares += g * g;
        }

        return Gaussian() / Math.Sqrt(squares / freedom);
    }

    private double Uniform()
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
