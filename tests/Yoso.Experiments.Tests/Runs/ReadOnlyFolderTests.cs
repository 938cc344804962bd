// SPDX-License-Identifier: MIT
using System.Diagnostics;

namespace Yoso.Experiments.Tests.Runs;

/// <summary>The program on folders that it may not write to. Root may write everywhere, so a test run as root starts it without that privilege.</summary>
public sealed class ReadOnlyFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("yoso-readonly-").FullName;

    public void Dispose()
    {
        foreach (var folder in Directory.GetDirectories(_folder, "*", SearchOption.AllDirectories).Append(_folder)) Mode(folder, "u+rwx");
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Run_SaysThatItCannotWrite_WhenTheOutputFolderIsReadOnly()
    {
        var output = Folder("closed", "a-w,a+rx");

        var (exitCode, errors) = await RunUnprivileged("run", "lra/listops/none", "--device", "cpu", "--output", output);

        Assert.Equal(1, exitCode);
        var line = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("yoso: ", line, StringComparison.Ordinal);
        Assert.Contains(output, line, StringComparison.Ordinal);
        Assert.Contains("denied", line, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(output));
    }

    [Fact]
    public async Task Run_LosesOneCellOnly_WhenItsFolderIsReadOnly()
    {
        var output = Folder("open", "a+rwx");
        Assert.Equal((0, ""), await RunUnprivileged("data", "listops", "--output", output));
        // Softmax's folder is there and closed; that of the other model can be made.
        Directory.CreateDirectory(Path.Combine(output, "runs", "lra", "listops", "softmax"));
        foreach (var folder in Directory.GetDirectories(Path.Combine(output, "runs"), "*", SearchOption.AllDirectories).Append(Path.Combine(output, "runs"))) Mode(folder, "a+rwx");
        Mode(Path.Combine(output, "runs", "lra", "listops", "softmax"), "a-w,a+rx");

        var (exitCode, errors) = await RunUnprivileged("run", "lra/listops", "--models", "softmax", "none", "--device", "cpu", "--output", output);

        Assert.Equal(1, exitCode);
        var line = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("lra/listops/softmax seed 1 (smoke) failed: ", line, StringComparison.Ordinal);
        Assert.Contains("denied", line, StringComparison.Ordinal);
        Assert.Contains("its folder takes no note of it", line, StringComparison.Ordinal);
        Assert.Contains("none", Assert.Single(Directory.GetFiles(output, "run.json", SearchOption.AllDirectories)), StringComparison.Ordinal);
    }

    private string Folder(string name, string mode)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(path);
        Mode(_folder, "a+rx");
        Mode(path, mode);
        return path;
    }

    private static void Mode(string path, string mode)
    {
        using var process = Process.Start("chmod", [mode, path]);
        process.WaitForExit();
    }

    private async Task<(int ExitCode, string Errors)> RunUnprivileged(params string[] arguments)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "permissions are those of Unix");
        string[] program = ["dotnet", Path.Combine(AppContext.BaseDirectory, "yoso.dll"), .. arguments];
        if (Environment.IsPrivilegedProcess)
        {
            Assert.SkipUnless(File.Exists("/usr/bin/setpriv"), "a test run as root needs setpriv");
            // The user stays root, who can read the program wherever it lies; only the power over permissions goes.
            program = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search", .. program];
        }
        var start = new ProcessStartInfo(program[0], program[1..]) { RedirectStandardError = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await output;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, errors);
    }
}
