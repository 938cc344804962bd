// SPDX-License-Identifier: MIT
using System.CommandLine;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Commands;

/// <summary>The options that select jobs, the same in every command that has them.</summary>
internal sealed class JobOptions
{
    public Argument<string[]> Selection { get; } = new("selection")
    {
        Description = "suite, suite/task or suite/task/model, e.g. lra, lra/listops, lra/listops/yoso-32; default: everything",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public Option<string[]> Models { get; } = new("--models") { Description = "models to run, e.g. softmax yoso-32; default: ./yoso list names them", AllowMultipleArgumentsPerToken = true };
    public Option<int[]> Seeds { get; } = new("--seeds", "--seed") { Description = "seeds, e.g. 1 2 3", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1] };
    public Option<string> Scale { get; } = new("--scale") { Description = "smoke (minutes), nightly or paper (the published protocol)", DefaultValueFactory = _ => "smoke" };
    public Option<string> Protocol { get; } = new("--protocol") { Description = "paper (upstream's evaluation rules) or clean (without their shortcuts: docs/data.md)", DefaultValueFactory = _ => "paper" };
    public Option<string> Device { get; } = new("--device") { Description = "auto, cpu or cuda", DefaultValueFactory = _ => "auto" };
    public Option<string> Output { get; } = new("--output") { Description = "folder for data, runs and report", DefaultValueFactory = _ => "artifacts" };
    public Option<string?> DataMirror { get; } = new("--data-mirror") { Description = "folder or address of the original data files" };

    public void AddTo(Command command)
    {
        command.Arguments.Add(Selection);
        foreach (var option in (Option[])[Models, Seeds, Scale, Protocol, Device, Output, DataMirror])
        {
            command.Options.Add(option);
        }
    }

    public IReadOnlyList<Job> Jobs(ParseResult parsed, bool plan = false) => JobSelection.Jobs(
        parsed.GetValue(Selection) ?? [], parsed.GetValue(Models) ?? [], parsed.GetValue(Seeds)!, parsed.GetValue(Scale)!, DeviceClass.Resolve(parsed.GetValue(Device)!, plan), parsed.GetValue(Protocol)!);

    public DataSets Data(ParseResult parsed) => new(parsed.GetValue(Output)!, Mirror(parsed));

    public string? Mirror(ParseResult parsed) => parsed.GetValue(DataMirror) is not { } mirror ? null
        : mirror.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || mirror.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? mirror
        : Directory.Exists(mirror) ? Path.GetFullPath(mirror)
        : throw new UsageException($"--data-mirror {mirror}: no such folder, and no http:// or https:// address");
}
