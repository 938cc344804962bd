// SPDX-License-Identifier: MIT
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Pretraining;

/// <summary>Pre-training in upstream's two styles: BERT (masked language model and sentence order) and RoBERTa (masked language model).</summary>
internal sealed class PretrainSuite : ISuite
{
    public const string SuiteName = "pretrain";

    public string Name => SuiteName;

    public RunConfiguration Resolve(string task, string model, string scale) => PretrainConfigurations.Resolve(task, model, scale);
}
