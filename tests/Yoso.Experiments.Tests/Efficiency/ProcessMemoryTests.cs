// SPDX-License-Identifier: MIT
using Yoso.Experiments.Efficiency;

namespace Yoso.Experiments.Tests.Efficiency;

public sealed class ProcessMemoryTests
{
    [Theory]
    [InlineData("VmHWM:\t    2048 kB", 2)]
    [InlineData("VmHWM:\t12582912 kB", 12288)]
    public void Mebibytes_ReadsSmallAndLargeProcesses(string line, double expected) => Assert.Equal(expected, ProcessMemory.Mebibytes(line));
}
