// SPDX-License-Identifier: MIT
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Tests.Runs;

public sealed class FingerprintTests
{
    [Theory]
    [InlineData("processor\t: 0|vendor_id\t: AuthenticAMD|cpu family\t: 25|model\t\t: 17|model name\t: AMD EPYC||cpu family\t: 26|model name\t: other", "AMD EPYC (family 25, model 17)")]
    [InlineData("cpu family\t: 6|model\t\t: 85|model name\t: Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz", "Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz")]
    [InlineData("model name\t: Some Core", "Some Core")]
    [InlineData("processor\t: 0|BogoMIPS\t: 50.00", null)] // Arm64 has no name there
    public void CpuName_TellsModelsApart_WhoseNameDoesNot(string lines, string? expected) => Assert.Equal(expected, Fingerprint.CpuName(lines.Split('|')));
}
