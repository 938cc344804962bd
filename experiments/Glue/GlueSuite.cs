// SPDX-License-Identifier: MIT
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Glue;

/// <summary>GLUE (Wang et al., ICLR 2019): fine-tuning of the pretrain suite's models, scored on the dev splits as in the paper.</summary>
internal sealed class GlueSuite : ISuite
{
    public string Name => "glue";

    public RunConfiguration Resolve(string task, string model, string scale) => GlueConfigurations.Resolve(task, model, scale);
}
