// SPDX-License-Identifier: MIT
using Nuke.Common;
using Serilog;

partial class Build
{
    Target Test => _ => _
        .Description("Builds the solution and runs all tests")
        .DependsOn(Compile)
        .Executes(() =>
        {
            var totals = Directory.GetFiles(RootDirectory / "tests", "*.Tests.csproj", SearchOption.AllDirectories)
                .Select(p => Path.GetFileNameWithoutExtension(p))
                // The last one starts an engine and a cluster, which take the machine's cores.
                .OrderBy(n => n == "Executors.Tests").ThenBy(n => n, StringComparer.Ordinal)
                .Aggregate(TestTotals.None, (sum, name) => sum + RunTests(name));
            Console.WriteLine(totals);
            if (totals.Failed > 0)
            {
                throw new TestsFailed(totals.ToString());
            }
        });

    static TestTotals RunTests(string name)
    {
        if (OutputFile(Path.Combine("tests", name), $"{name}.dll") is not { } assembly)
        {
            Log.Error("{Name:l}: not built, is it in Yoso.sln?", name);
            return new TestTotals(0, 1);
        }

        // The programs find the runtime through this variable where dotnet is in an unusual folder.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            Environment.SetEnvironmentVariable("DOTNET_ROOT", Path.GetDirectoryName(Environment.ProcessPath));
        }

        var program = Path.ChangeExtension(assembly, OperatingSystem.IsWindows() ? ".exe" : null);
        var (exitCode, output) = ChildProcess.Capture(program, RootDirectory, []);
        var totals = TestTotals.Parse(output, exitCode);
        Log.Information("{Name:l}: {Totals:l}", name, totals.ToString());
        if (totals.Failed > 0)
        {
            Console.WriteLine(output);
        }

        return totals;
    }

    sealed class TestsFailed(string message) : Exception(message);
}
