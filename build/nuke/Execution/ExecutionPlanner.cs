// SPDX-License-Identifier: MIT
namespace Nuke.Common.Execution;

/// <summary>Which targets run, and in which order.</summary>
internal static class ExecutionPlanner
{
    public static List<ExecutableTarget> Plan(IReadOnlyList<ExecutableTarget> targets, string[] names)
    {
        var wanted = names?.Select(n => Find(targets, n)).ToHashSet() ?? targets.Where(t => t.IsDefault).ToHashSet();
        foreach (var target in names == null ? [] : wanted)
        {
            target.Invoked = true;
        }

        // A triggered target may bring dependencies and triggers of its own.
        while (true)
        {
            var plan = Sort(targets, wanted);
            var triggered = plan.SelectMany(t => t.Triggers).Except(plan).ToList();
            if (triggered.Count == 0)
            {
                plan.ForEach(t => t.Status = ExecutionStatus.Scheduled);
                return plan;
            }

            wanted.UnionWith(plan);
            wanted.UnionWith(triggered);
        }
    }

    public static ExecutableTarget Find(IReadOnlyList<ExecutableTarget> targets, string name)
    {
        var target = targets.SingleOrDefault(t => string.Equals(t.Name, CommandLine.Normalize(name), StringComparison.OrdinalIgnoreCase));
        if (target == null)
        {
            var lines = targets.Select(t => $"  - {t.Name}").Order(StringComparer.Ordinal).Prepend($"Target with name '{name}' does not exist. Available targets are:");
            Assert.Fail(string.Join(Environment.NewLine, lines));
        }

        return target;
    }

    /// <summary>
    /// From the end: takes the first declared target on which no remaining one depends. Hence unrelated targets end up in reverse order of
    /// declaration, and the order between two planned targets holds through ones that are not planned.
    /// </summary>
    private static List<ExecutableTarget> Sort(IReadOnlyList<ExecutableTarget> targets, IReadOnlySet<ExecutableTarget> wanted)
    {
        var remaining = targets.ToList();
        var plan = new List<ExecutableTarget>();
        while (remaining.Count > 0)
        {
            var last = remaining.FirstOrDefault(t => !remaining.Any(other => other.AllDependencies.Contains(t)));
            if (last == null)
            {
                Assert.Fail($"Circular dependencies between targets: {string.Join(", ", remaining.Where(t => Reaches(t, t)).Select(t => t.Name))}");
            }

            remaining.Remove(last);
            if (wanted.Contains(last) || plan.Any(t => t.ExecutionDependencies.Contains(last)))
            {
                plan.Add(last);
            }
        }

        plan.Reverse();
        return plan;
    }

    private static bool Reaches(ExecutableTarget from, ExecutableTarget to)
    {
        var seen = new HashSet<ExecutableTarget>();
        var open = new Stack<ExecutableTarget>(from.AllDependencies);
        while (open.TryPop(out var target))
        {
            if (target == to)
            {
                return true;
            }

            if (seen.Add(target))
            {
                target.AllDependencies.ToList().ForEach(open.Push);
            }
        }

        return false;
    }
}
