// SPDX-License-Identifier: MIT
namespace Executors;

/// <summary>Which executor runs, and why where the user left it open.</summary>
internal sealed record ExecutorChoice(string Name, string? Why)
{
    /// <param name="asked">auto, local, docker or slurm.</param>
    /// <param name="wantsContainer">Whether the profile or the command line names a container image.</param>
    /// <param name="dockerProblem">Null when an engine with that image is there, else the reason why not; asked only when it matters.</param>
    public static ExecutorChoice Choose(string asked, bool wantsContainer, Func<string?> dockerProblem)
    {
        if (asked != "auto")
        {
            return new(asked, null);
        }

        if (!wantsContainer)
        {
            return new("local", "auto; no --container-image is asked for");
        }

        return dockerProblem() is { } problem ? new("local", $"auto; not docker: {problem}") : new("docker", "auto; the engine and its image are there");
    }
}
