// SPDX-License-Identifier: MIT
namespace BuildTests;

public sealed class ChildProcessTests
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "yoso.dll");

    [Fact]
    public void Capture_KeepsArgumentsAndOutput_WhenTheyHaveSpacesAndQuotes()
    {
        var (exitCode, output) = ChildProcess.Capture("dotnet", AppContext.BaseDirectory, [Program, "list", "two words", "\"quoted\"", "*"]);

        Assert.Equal(0, exitCode);
        Assert.Equal("yoso list two words \"quoted\" *", output.Trim());
    }

    [Fact]
    public void CheckQuietly_ShowsOutputOnlyOnFailure_WhenTheProgramEnds()
    {
        using var console = new CapturedConsole();
        ChildProcess.CheckQuietly("fake", "dotnet", AppContext.BaseDirectory, [Program, "list"]);
        Assert.Equal("", console.Text);

        var failure = Assert.Throws<ChildFailed>(() => ChildProcess.CheckQuietly("fake", "dotnet", AppContext.BaseDirectory, [Path.Combine(AppContext.BaseDirectory, "nothing.dll")]));
        Assert.StartsWith("fake: exit code ", failure.Message, StringComparison.Ordinal);
        Assert.Contains("nothing.dll", console.Text, StringComparison.Ordinal);
    }
}
