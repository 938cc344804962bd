// SPDX-License-Identifier: MIT
using Yoso.Experiments.Catalog;

namespace Yoso.Experiments.Runs;

/// <summary>A selection that cannot be: the message is the one line that the user sees.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>Turns "lra", "lra/listops" or "lra/listops/yoso-32" with models and seeds into jobs, in the order of the paper's tables.</summary>
internal static class JobSelection
{
    public static IReadOnlyList<Job> Jobs(IReadOnlyList<string> selections, IReadOnlyList<string> models, IReadOnlyList<int> seeds, string scale, string device, string protocol = "paper")
    {
        Check("scale", scale, Names.Scales);
        Check("protocol", protocol, Names.Protocols);
        foreach (var model in models)
        {
            Check("model", Names.WithoutStep(model), Names.Models);
        }

        if (seeds.FirstOrDefault(s => s < 0, 0) is < 0 and var negative)
        {
            throw new UsageException($"seed {negative}: seeds are numbers from 0");
        }

        var jobs = new List<Job>();
        foreach (var selection in selections.Count == 0 ? [.. Names.Suites.Keys] : selections)
        {
            if (selection.StartsWith('-'))
            {
                Check("option", selection, Options);
            }

            var parts = selection.Trim('/').Split('/');
            if (parts.Length > 3)
            {
                throw new UsageException($"'{selection}' is not suite, suite/task or suite/task/model; try ./yoso list");
            }

            Check("suite", parts[0], Names.Suites.Keys);
            var names = Names.Suites[parts[0]];
            var tasks = parts.Length > 1 ? [parts[1]] : names.TasksAt(scale);
            if (tasks.Length == 0 && selections.Count > 0)
            {
                throw new UsageException($"{selection} has no samples at {scale} scale: name a task ({parts[0]}/{names.Tasks[0]}) and, by --data-mirror, a folder with its files");
            }

            foreach (var task in tasks)
            {
                Check("task", task, names.Tasks);
            }

            if (parts.Length > 2)
            {
                Check("model", Names.WithoutStep(parts[2]), names.Models);
            }

            // A model that only another of the selected suites has is left out here.
            string[] chosen = parts.Length > 2 ? [parts[2]] : models.Count > 0 ? [.. models.Where(m => names.Models.Contains(Names.WithoutStep(m)))] : names.DefaultModels;
            jobs.AddRange(from task in tasks from model in chosen from seed in seeds select new Job(parts[0], task, model, seed, scale, device, names.Protocols.Contains(protocol) ? protocol : names.Protocols[0]));
        }

        if (jobs.Count == 0)
        {
            throw new UsageException($"none of {string.Join(' ', selections)} has a model {string.Join(' ', models)}; try ./yoso list");
        }

        if (jobs.Select(KeptCheckpoints.Problem).FirstOrDefault(p => p is not null) is { } impossible)
        {
            throw new UsageException(impossible);
        }

        return [.. jobs.SelectMany(WithNeeds).Distinct()];
    }

    /// <summary>A job after those it needs.</summary>
    private static IEnumerable<Job> WithNeeds(Job job) => [.. job.Needs.SelectMany(WithNeeds), job];

    /// <summary>A misspelt option would else be taken for a selection.</summary>
    private static readonly string[] Options = ["--models", "--seeds", "--scale", "--protocol", "--device", "--slots", "--data-mirror", "--output", "--retry-failed", "--keep-checkpoints", "--json", "--help"];

    private static void Check(string kind, string name, IEnumerable<string> known)
    {
        if (Spelling.Problem(kind, name, known) is { } problem)
        {
            throw new UsageException(problem);
        }
    }
}
