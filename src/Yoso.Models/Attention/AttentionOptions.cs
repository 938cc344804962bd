// SPDX-License-Identifier: MIT
namespace Yoso.Models.Attention;

/// <summary>What an attention mechanism is and its hyper-parameters; one sealed record a mechanism, beside its module.</summary>
public abstract record AttentionOptions
{
    /// <summary>One message for each value out of range; empty when the options can be built.</summary>
    public abstract IEnumerable<string> Problems();

    /// <summary>The rule that both YOSO mechanisms share.</summary>
    protected static IEnumerable<string> HashProblems(int hashCodeLength, int? convWindow)
    {
        if (hashCodeLength is < 1 or > 16)
        {
            yield return $"HashCodeLength is {hashCodeLength}; it must be 1 to 16";
        }

        foreach (var problem in ConvProblems(convWindow))
        {
            yield return problem;
        }
    }

    /// <summary>The rule of all mechanisms with a depthwise convolution.</summary>
    protected static IEnumerable<string> ConvProblems(int? convWindow)
    {
        if (convWindow is { } window && (window < 1 || window % 2 == 0))
        {
            yield return $"ConvWindow is {window}; it must be odd and positive, so that the output keeps the length";
        }
    }
}
