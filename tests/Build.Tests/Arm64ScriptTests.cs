// SPDX-License-Identifier: MIT
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace BuildTests;

/// <summary>What tests/arm64/run.sh says on a machine that it cannot use.</summary>
public sealed class Arm64ScriptTests : IDisposable
{
    private readonly DirectoryInfo _programs = Directory.CreateTempSubdirectory("arm64-script-");

    [Fact]
    public async Task Script_SaysOneLine_WhenTheSystemIsNotLinux()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a bash script");
        var uname = Path.Combine(_programs.FullName, "uname");
        await File.WriteAllTextAsync(uname, "#!/bin/sh\necho Plan9\n", TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(uname, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var start = new ProcessStartInfo("bash", [Script()]) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["PATH"] = $"{_programs.FullName}:{Environment.GetEnvironmentVariable("PATH")}";
        using var process = Process.Start(start)!;
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("Arm64 tests: need Linux (any on Arm64, Debian 12 elsewhere); this is Plan9.\n", error);
        Assert.Equal(1, process.ExitCode);
    }

    public void Dispose() => _programs.Delete(recursive: true);

    private static string Script([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "arm64", "run.sh"));
}
