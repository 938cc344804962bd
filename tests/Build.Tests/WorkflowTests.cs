// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace BuildTests;

/// <summary>The workflows under .github/workflows are well-formed and call what exists.</summary>
public sealed partial class WorkflowTests
{
    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));

    public static TheoryData<string> Files => [.. Directory.GetFiles(Path.Combine(Root(), ".github", "workflows")).Select(f => Path.GetFileName(f)!).Order()];

    [Theory]
    [MemberData(nameof(Files))]
    public void Workflow_HasTriggersPermissionsAndBoundedJobs(string file)
    {
        var workflow = Load(file);

        Assert.True(workflow.Children.ContainsKey("on"));
        Assert.Equal("read", ((YamlScalarNode)workflow["permissions"]["contents"]).Value);
        Assert.All((YamlMappingNode)workflow["jobs"], job =>
        {
            Assert.NotEmpty(((YamlScalarNode)job.Value["runs-on"]).Value!);
            Assert.InRange(int.Parse(((YamlScalarNode)job.Value["timeout-minutes"]).Value!, System.Globalization.CultureInfo.InvariantCulture), 1, 360);
            Assert.NotEmpty((YamlSequenceNode)job.Value["steps"]);
        });
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Steps_PinActionsAndCallScriptsAndTargetsThatExist(string file)
    {
        foreach (var step in Steps(file))
        {
            Assert.True(step.Children.ContainsKey("uses") != step.Children.ContainsKey("run"), $"{file}: a step uses an action or runs a script");
            if (step.Children.TryGetValue("uses", out var action))
            {
                Assert.Matches("^[a-z-]+/[a-z-]+(/[a-z-]+)?@v[0-9]+$", ((YamlScalarNode)action).Value);
                continue;
            }

            var script = ((YamlScalarNode)step["run"]).Value!;
            Assert.DoesNotContain("${{", script, StringComparison.Ordinal); // values come through env: no script is built from input
            Assert.All(Target().Matches(script), m => Assert.Contains(m.Groups[1].Value, CommandLineCheck.Targets()));
            Assert.All(Script().Matches(script), m => Assert.True(File.Exists(Path.Combine(Root(), m.Groups[1].Value)), m.Value));
        }
    }

    [Fact]
    public void Nightly_RunsTheTarget_AndKeepsTheHistoryThatItWrites()
    {
        var text = File.ReadAllText(Path.Combine(Root(), ".github", "workflows", "nightly.yml"));

        Assert.Contains("./build.sh Nightly", text, StringComparison.Ordinal);
        Assert.Contains("path: artifacts/nightly/history.csv", text, StringComparison.Ordinal);
        Assert.Contains("artifacts/nightly/nightly.md", text, StringComparison.Ordinal);
    }

    private static YamlMappingNode Load(string file)
    {
        using var reader = new StreamReader(Path.Combine(Root(), ".github", "workflows", file));
        var stream = new YamlStream();
        stream.Load(reader);
        return (YamlMappingNode)Assert.Single(stream.Documents).RootNode;
    }

    private static IEnumerable<YamlMappingNode> Steps(string file) => ((YamlMappingNode)Load(file)["jobs"]).SelectMany(j => (YamlSequenceNode)j.Value["steps"]).Cast<YamlMappingNode>();

    [GeneratedRegex(@"\./build\.sh ([A-Z]\w+)")]
    private static partial Regex Target();

    [GeneratedRegex(@"bash (\S+)")]
    private static partial Regex Script();
}
