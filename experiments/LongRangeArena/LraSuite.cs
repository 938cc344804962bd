// SPDX-License-Identifier: MIT
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.LongRangeArena;

/// <summary>Long Range Arena (Tay et al. 2021): sequence classification trained from scratch.</summary>
internal sealed class LraSuite : ISuite
{
    public string Name => "lra";

    public RunConfiguration Resolve(string task, string model, string scale) => LraConfigurations.Resolve(task, model, scale);
}
