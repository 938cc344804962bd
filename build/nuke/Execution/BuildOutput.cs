// SPDX-License-Identifier: MIT
namespace Nuke.Common.Execution;

/// <summary>Banner, plan and summary.</summary>
internal static class BuildOutput
{
    public static void WriteBanner(string name)
    {
        Console.WriteLine();
        Console.WriteLine('╬' + new string('═', name.Length + 5));
        Console.WriteLine($"║ {name}");
        Console.WriteLine('╬' + new string('═', Math.Max(name.Length - 4, 2)));
        Console.WriteLine();
    }

    /// <summary>The package writes an HTML page and opens it; a list serves on every machine.</summary>
    public static void WritePlan(IReadOnlyCollection<ExecutableTarget> plan)
    {
        Console.WriteLine("Execution plan:");
        foreach (var (target, index) in plan.Select((t, i) => (t, i)))
        {
            Console.WriteLine($"  {index + 1}. {target.Name}");
        }
    }

    public static void WriteSummary(NukeBuild build)
    {
        var rows = build.ExecutionPlan.Where(t => t.Status != ExecutionStatus.Collective).ToList();
        var first = Math.Max(rows.Select(t => t.Name.Length + 4).DefaultIfEmpty().Max(), 19);
        var width = first + 20;
        Console.WriteLine();
        Console.WriteLine(new string('═', width));
        Console.WriteLine($"{"Target".PadRight(first)}{"Status",-10}{"Duration",10}");
        Console.WriteLine(new string('─', width));
        foreach (var target in rows)
        {
            Console.WriteLine($"{target.Name.PadRight(first)}{target.Status,-10}{Duration(target),10}{Note(target)}".TrimEnd());
        }

        Console.WriteLine(new string('─', width));
        Console.WriteLine($"{"Total".PadRight(first)}{"",-10}{Format(rows.Aggregate(TimeSpan.Zero, (sum, t) => sum + t.Duration)),10}");
        Console.WriteLine(new string('═', width));
        Console.WriteLine();
        Console.WriteLine(FormattableString.Invariant($"Build {(build.IsSucceeding ? "succeeded" : "failed")} on {DateTime.Now:G}. {(build.IsSucceeding ? "＼（＾ᴗ＾）／" : "(╯°□°）╯︵ ┻━┻")}"));
    }

    private static string Duration(ExecutableTarget target)
        => target.Status is ExecutionStatus.Succeeded or ExecutionStatus.Failed or ExecutionStatus.Aborted ? Format(target.Duration) : "";

    private static string Format(TimeSpan time) => time.TotalSeconds < 1 ? "< 1sec" : FormattableString.Invariant($"{(int)time.TotalMinutes}:{time.Seconds:00}");

    private static string Note(ExecutableTarget target)
    {
        var notes = target.SummaryInformation.Select(i => $"{i.Key}: {i.Value}").ToList();
        if (target.OnlyWhen != null)
        {
            notes.Add($"OnlyWhen: {target.OnlyWhen}");
        }
        else if (target.SkipReason != null)
        {
            notes.Add($"Skipped: {target.SkipReason}");
        }

        return notes.Count == 0 ? "" : $"   // {string.Join(", ", notes)}";
    }
}
