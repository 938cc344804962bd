// SPDX-License-Identifier: MIT
using System.Text.Json;

namespace Executors;

/// <summary>A job as <c>yoso plan --json</c> describes it.</summary>
/// <param name="Job">suite/task/model.</param>
/// <param name="Key">Null while its data is not prepared.</param>
/// <param name="Action">cached, resume, run or cannot run.</param>
/// <param name="Needs">Ids of the jobs whose results it reads.</param>
internal sealed record PlannedRun(string Job, int Seed, string Scale, string Device, string? Key, string Action, string Reason, double? ExpectedSeconds, string[]? Needs, string Protocol = "paper")
{
    public string Id => $"{Job}#{Seed}";

    public string Title => $"{Job} s{Seed}";

    public string Task => Job.Split('/')[1];

    public bool IsDone => Action == "cached";

    /// <summary>Something only a person can put right, e.g. data that is not to be downloaded. A plan for cuda made where there is no GPU says the same of jobs that another machine can run.</summary>
    public bool IsBlocked => Action == "cannot run" && Device != "cuda";

    public bool IsOpen => !IsDone && !IsBlocked;

    public static IReadOnlyList<PlannedRun> Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<PlannedRun[]>(json, JsonSerializerOptions.Web) ?? [];
        }
        catch (JsonException e)
        {
            throw new ExecutorFailure($"yoso plan --json wrote something else: {json.Split('\n')[0]}", e);
        }
    }
}

/// <summary>The yoso program as the executors call it on this machine.</summary>
internal interface IProgram
{
    IReadOnlyList<PlannedRun> Plan(JobRequest request);

    /// <summary>Makes the data set of a task.</summary>
    void PrepareData(string task, JobRequest request);
}

internal sealed class YosoProgram(string assembly, string folder, ICommands commands) : IProgram
{
    public IReadOnlyList<PlannedRun> Plan(JobRequest request)
    {
        var result = commands.Run("dotnet", [assembly, "plan", request.Selection, "--json", .. request.Options]);
        return result.ExitCode == 0 ? PlannedRun.Parse(result.Output) : throw new ExecutorFailure($"yoso plan: {result.Problem}");
    }

    public void PrepareData(string task, JobRequest request)
        => ChildProcess.Check($"yoso data {task}", "dotnet", folder, [assembly, "data", task, .. DataOptions(request)]);

    private static string[] Protocol(string[] options) => Array.IndexOf(options, "--protocol") is var at and >= 0 ? options[at..(at + 2)] : [];

    /// <summary>The options that <c>yoso data</c> takes.</summary>
    public static string[] DataOptions(JobRequest request)
        => ["--scale", request.Scale, .. Protocol(request.Options), "--output", request.Output, .. request.DataMirror is { } mirror ? ["--data-mirror", mirror] : Array.Empty<string>()];
}
