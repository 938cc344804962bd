// SPDX-License-Identifier: MIT
namespace Yoso.Experiments.Pretraining;

/// <summary>How examples are cut from a corpus and masked; the defaults are upstream's for BERT at 512 tokens.</summary>
internal sealed record InstanceOptions
{
    /// <summary>Share of an example's tokens that are predicted.</summary>
    public double MaskedShare { get; init; } = 0.15;

    /// <summary>Of the predicted tokens: replaced by the mask, by a random token; the rest stay as they are.</summary>
    public double MaskShare { get; init; } = 0.8;

    public double RandomShare { get; init; } = 0.1;

    /// <summary>BERT: at most so many predicted tokens an example.</summary>
    public int MaxMasked { get; init; } = 80;

    /// <summary>BERT: how often a target length is drawn at random instead of the longest.</summary>
    public double ShortSequenceProbability { get; init; } = 0.1;

    /// <summary>Share of the examples of a visit that are used (upstream: 0.1 in BERT, 0.5 in RoBERTa), so that one visit after another sees others.</summary>
    public double KeepProbability { get; init; } = 0.1;

    /// <summary>
    /// BERT, upstream's bug: an example made of one segment takes its second half from a random place of the document and always
    /// counts as swapped, which gives label 1 to more than half of the examples. False splits the segment in two and keeps the coin's label.
    /// </summary>
    public bool SingleSegmentCountsAsSwapped { get; init; } = true;

    /// <summary>BERT above 512 tokens: so many neighbouring documents are read as one, as upstream joins those of a file; 1 joins none.</summary>
    public int DocumentsJoined { get; init; } = 1;

    /// <summary>Optimizer steps whose examples are drawn and shuffled together.</summary>
    public int StepsPerRefill { get; init; } = 100;

    /// <summary>Examples of an evaluation.</summary>
    public int DevExamples { get; init; } = 25600;

    public IEnumerable<string> Problems()
    {
        (string Name, double Value)[] shares =
        [
            (nameof(MaskedShare), MaskedShare), (nameof(MaskShare), MaskShare), (nameof(RandomShare), RandomShare), (nameof(ShortSequenceProbability), ShortSequenceProbability),
            (nameof(KeepProbability), KeepProbability), (nameof(MaskShare) + " + " + nameof(RandomShare), MaskShare + RandomShare),
        ];
        foreach (var (name, value) in shares.Where(s => s.Value is not (>= 0 and <= 1)))
        {
            yield return FormattableString.Invariant($"{name} is {value}; it must be 0 to 1");
        }

        if (KeepProbability == 0 || MaskedShare == 0)
        {
            yield return "KeepProbability and MaskedShare must be above 0, or there is nothing to train on";
        }

        if (MaxMasked < 1 || DocumentsJoined < 1 || StepsPerRefill < 1 || DevExamples < 1)
        {
            yield return $"MaxMasked {MaxMasked}, DocumentsJoined {DocumentsJoined}, StepsPerRefill {StepsPerRefill} and DevExamples {DevExamples} must be at least 1";
        }
    }
}
