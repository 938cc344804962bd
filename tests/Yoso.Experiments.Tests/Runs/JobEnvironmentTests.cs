// SPDX-License-Identifier: MIT
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Tests.Runs;

public sealed class JobEnvironmentTests
{
    [Fact]
    public void AddTo_SetsWhatIsMissing_AndKeepsWhatTheCallerSet()
    {
        var environment = new Dictionary<string, string?> { ["OMP_WAIT_POLICY"] = "ACTIVE" };

        JobEnvironment.AddTo(environment);

        Assert.Equal("ACTIVE", environment["OMP_WAIT_POLICY"]);
        Assert.Equal("4294967296", environment["MALLOC_TRIM_THRESHOLD_"]);
    }
}
