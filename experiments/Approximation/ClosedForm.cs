// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Experiments.KernelBenchmark;
using static TorchSharp.torch;

namespace Yoso.Experiments.Approximation;

/// <summary>
/// The relative error that theory gives. One hash of a query q_i meets key k_j with probability p_ij = (1 - acos(q_i·k_j) / π)^τ, so
/// m independent hashes estimate each p_ij with variance p_ij (1 - p_ij) / m. For values whose entries are independent with mean 0
/// and variance 1, sums over different keys do not correlate, and
/// E‖Ŝ - S‖² / E‖S‖² = Σ p_ij (1 - p_ij) / (m Σ p_ij²).
/// </summary>
/// <remarks>
/// The value gradient is the same sum with the roles of query and key exchanged. A row of the query gradient is
/// (τ/2) Σ_j p_ij (g_i·v_j) k_j: its terms do not correlate either, and (τ/2)² ‖g_i‖² ‖k_j‖² multiplies numerator and denominator
/// alike. So one quotient serves the output and all three gradients.
/// </remarks>
internal static class ClosedForm
{
    /// <summary>Σ p (1 - p) / Σ p² over all pairs of a sequence and head: the squared relative error of one hash.</summary>
    public static double RelativeVariance(AttentionInput input, int codeLength)
    {
        var (variance, square) = (0.0, 0.0);
        for (var item = 0; item < AttentionInput.Items; item++)
        {
            using var scope = NewDisposeScope();
            var (query, key) = (Rows(input, input.Query, item), Rows(input, input.Key, item)); // [n, d]
            for (var start = 0; start < input.Tokens; start += 512)
            {
                using var block = NewDisposeScope();
                var dots = query.narrow(0, start, Math.Min(512, input.Tokens - start)).matmul(key.transpose(0, 1)).to(float64).clamp_(-1, 1);
                var p = dots.acos_().mul_(-1 / Math.PI).add_(1).pow_(codeLength);
                var (sum, squares) = (p.sum().item<double>(), p.square().sum().item<double>());
                (variance, square) = (variance + sum - squares, square + squares);
            }
        }

        return variance / square;
    }

    private static Tensor Rows(AttentionInput input, float[] values, int item) =>
        tensor(values, [AttentionInput.Sequences, input.Tokens, AttentionInput.Heads, input.HeadDim])
            .select(2, item % AttentionInput.Heads).select(0, item / AttentionInput.Heads);
}
