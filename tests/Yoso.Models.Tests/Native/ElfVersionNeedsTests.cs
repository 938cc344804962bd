// SPDX-License-Identifier: MIT
using System.Runtime.InteropServices;
using Yoso.Models.Native;

namespace Yoso.Models.Tests.Native;

public class ElfVersionNeedsTests
{
    [Fact]
    public void MarkWeak_LeavesOtherFilesAlone()
    {
        var text = new byte[1000];
        Array.Fill(text, (byte)'x');

        Assert.False(ElfVersionNeeds.MarkWeak(text, "GLIBC_2.2.5"u8));
        Assert.All(text, b => Assert.Equal((byte)'x', b));
        Assert.False(ElfVersionNeeds.MarkWeak([], "GLIBC_2.2.5"u8));
    }

    [Fact]
    public void MarkWeak_SetsOneFlagOfEachEntryOfTheVersion()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.False(File.Exists("/proc/self/maps"));
            return;
        }

        // The runtime's own library is at hand wherever these tests run, and needs the first glibc of its architecture.
        var original = File.ReadAllBytes(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "libcoreclr.so"));
        var version = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "GLIBC_2.17"u8 : "GLIBC_2.2.5"u8;
        var changed = original.ToArray();

        Assert.True(ElfVersionNeeds.MarkWeak(changed, version));

        var differing = Enumerable.Range(0, original.Length).Where(i => original[i] != changed[i]).ToArray();
        Assert.InRange(differing.Length, 1, 10);
        Assert.All(differing, i => Assert.Equal(original[i] | 2, changed[i]));
        Assert.False(ElfVersionNeeds.MarkWeak(changed, "GLIBC_2.2"u8), "a prefix of a version is another version");
    }
}
