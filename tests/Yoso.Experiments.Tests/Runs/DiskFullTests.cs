// SPDX-License-Identifier: MIT
using System.Diagnostics;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Tests.Runs;

/// <summary>On a real file system that is too small; mounting one needs root on Linux.</summary>
public sealed class DiskFullTests
{
    [Fact]
    public void Write_KeepsTheEarlierFileAndSaysWhatToDo_WhenTheDiskIsFull()
    {
        var folder = Directory.CreateTempSubdirectory("yoso-full-").FullName;
        Assert.SkipUnless(OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder) == 0, "mounting a small file system needs root on Linux");
        try
        {
            var path = Path.Combine(folder, "state");
            AtomicFile.WriteText(path, "earlier");

            var error = Assert.Throws<IOException>(() => AtomicFile.Write(path, s => s.Write(new byte[1 << 20])));

            Assert.Contains("Check free space", error.Message, StringComparison.Ordinal);
            Assert.Equal("earlier", File.ReadAllText(path));
            Assert.Single(Directory.GetFiles(folder));
        }
        finally
        {
            Run("umount", folder);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
