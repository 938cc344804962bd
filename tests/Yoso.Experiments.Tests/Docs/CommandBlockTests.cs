// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Experiments.Commands;

namespace Yoso.Experiments.Tests.Docs;

/// <summary>
/// Every command that README and docs show runs: the short ones of the program here, those that train or build in .ci/run,
/// which must hold them word for word. Comments behind # are not part of a command.
/// </summary>
public sealed class CommandBlockTests
{
    private static readonly string Root = FindRoot();

    public static TheoryData<string, string> Commands => [.. Pages().SelectMany(p => CommandsOf(p).Select(c => (Path.GetRelativePath(Root, p), c)))];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Command_Runs(string page, string command)
    {
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words[0] == "./yoso" && words[1] is not "run")
        {
            var output = Directory.CreateTempSubdirectory("yoso-docs-").FullName;
            string[] takesOutput = ["plan", "report", "doctor", "data"];

            Assert.Equal(0, await CommandTree.Run([.. words[1..], .. takesOutput.Contains(words[1]) ? ["--output", output] : Array.Empty<string>()]));

            Directory.Delete(output, recursive: true);
            return;
        }

        if (words[0] == "./yoso")
        {
            // The same selection and options, planned instead of run; these two are of the run alone.
            string[] ofTheRun = ["--slots", "--keep-checkpoints"];
            Assert.Equal(0, await CommandTree.Run(["plan", .. words[2..].Where((w, i) => !ofTheRun.Contains(w) && !ofTheRun.Contains(words[i + 1]))]));
            return;
        }

        var ci = File.ReadAllText(Path.Combine(Root, ".ci", "run"));
        Assert.True(words[0] == "./build.sh" && ci.Contains(command, StringComparison.Ordinal), $"{page} shows '{command}', which neither this test nor .ci/run runs");
    }

    [Fact]
    public void Pages_HaveCommands() => Assert.True(Commands.Count > 5);

    private static IEnumerable<string> Pages() => Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories)
        .Concat(Directory.EnumerateFiles(Path.Combine(Root, "experiments"), "README.md", SearchOption.AllDirectories))
        .Where(p => !p.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
        .Append(Path.Combine(Root, "README.md"));

    private static IEnumerable<string> CommandsOf(string page)
    {
        var inBlock = false;
        foreach (var line in File.ReadLines(page))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                inBlock = !inBlock;
            }
            else if (inBlock && line.StartsWith("./", StringComparison.Ordinal))
            {
                yield return line.Split('#')[0].Trim();
            }
        }
    }

    private static string FindRoot([CallerFilePath] string here = "")
    {
        var folder = new DirectoryInfo(Path.GetDirectoryName(here)!);
        while (!File.Exists(Path.Combine(folder.FullName, "Yoso.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
