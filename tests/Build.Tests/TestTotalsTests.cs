// SPDX-License-Identifier: MIT
namespace BuildTests;

public sealed class TestTotalsTests
{
    [Theory]
    [InlineData("Total: 12, Errors: 0, Failed: 0, Skipped: 0, Not Run: 0, Time: 0.090s", 0, 12, 0)]
    [InlineData("Total: 12, Errors: 0, Failed: 2, Skipped: 3, Not Run: 0, Time: 0.090s", 1, 7, 2)]
    [InlineData("Total: 12, Errors: 1, Failed: 2, Skipped: 0, Not Run: 1, Time: 0.090s", 1, 9, 3)]
    [InlineData("Total: 0, Errors: 0, Failed: 0, Skipped: 0, Not Run: 0, Time: 0.001s", 0, 0, 1)]
    [InlineData("Total: 5, Errors: 0, Failed: 0, Skipped: 5, Not Run: 0, Time: 0.001s", 0, 0, 1)]
    [InlineData("Total: 5, Errors: 0, Failed: 0, Skipped: 0, Not Run: 0, Time: 0.001s", 134, 5, 1)]
    public void Parse_CountsEachTest_WhenThereIsASummary(string summary, int exitCode, int passed, int failed)
        => Assert.Equal(new TestTotals(passed, failed), TestTotals.Parse($"some text\n   X.Tests  {summary}\n", exitCode));

    [Theory]
    [InlineData("", 0)]
    [InlineData("Unhandled exception. System.Exception", 134)]
    public void Parse_CountsOneFailure_WhenThereIsNoSummary(string output, int exitCode) => Assert.Equal(new TestTotals(0, 1), TestTotals.Parse(output, exitCode));

    [Fact]
    public void Sum_HasTheWordingThatScriptsLookFor_WhenPrinted()
        => Assert.Equal("15 passed, 2 failed", (TestTotals.None + new TestTotals(12, 0) + new TestTotals(3, 2)).ToString());
}
