// SPDX-License-Identifier: MIT
namespace Yoso.Cpu;

/// <summary>Which surrogate stands for the derivative of the sampled weight, whose true expectation is unbounded at q = k.</summary>
public enum GradientMode
{
    /// <summary>Each colliding pair, in each hash, weighs tau / 2 (times 1 / m): the authors' lower bound of the derivative.</summary>
    LowerBound,

    /// <summary>
    /// Each distinct pair that collides in any hash weighs tau * p^(tau-1) / (pi * sqrt(1 - x^2)), x = 0.98 q.k and
    /// p = 1 - acos(x) / pi, at most one pair for each index modulo 1024.
    /// </summary>
    Sampled,
}
