// SPDX-License-Identifier: MIT
using System.Text;

namespace Nuke.Common.Execution;

/// <summary>--help: targets in order of declaration, then the parameters, own ones first.</summary>
internal static class HelpText
{
    /// <summary>Of a terminal; long lists of dependencies go on in the next line.</summary>
    private const int Width = 80;

    private static readonly (string Name, string Description)[] BuiltIn =
    [
        ("root", "Root folder; default: the nearest upwards that has .nuke"),
        ("profile", "Names of .nuke/parameters.NAME.json files to load"),
        ("skip", "Targets to skip; without names all that were not named"),
        ("target", "Targets to run"),
        ("verbosity", "verbose, normal, minimal or quiet"),
    ];

    public static string Create(NukeBuild build, IReadOnlyList<ExecutableTarget> targets)
    {
        var text = new StringBuilder();
        text.AppendLine("Targets (with their direct dependencies):");
        text.AppendLine();
        foreach (var target in targets.Where(t => t.Listed))
        {
            var entry = target.Name + (target.IsDefault ? " (default)" : "");
            var line = $"  {entry,-20}";
            foreach (var (name, i) in target.ExecutionDependencies.Select((d, i) => (d.Name, i)))
            {
                var next = i == 0 ? $" -> {name}" : $", {name}";
                if (line.Length + next.Length >= Width)
                {
                    text.AppendLine($"{line},");
                    (line, next) = (new string(' ', 26), name);
                }

                line += next;
            }

            text.AppendLine(line.TrimEnd());
            if (target.Description != null)
            {
                text.AppendLine($"    {target.Description}");
            }
        }

        var members = ParameterService.Members(build.GetType()).Where(p => p.Attribute.List).ToList();
        var own = members.Where(p => p.Member.DeclaringType != typeof(NukeBuild)).Select(p => (ParameterService.DashedName(p), p.Attribute.Description));
        var inherited = members.Where(p => p.Member.DeclaringType == typeof(NukeBuild)).Select(p => (ParameterService.DashedName(p), p.Attribute.Description)).Concat(BuiltIn);
        text.AppendLine();
        text.AppendLine("Parameters:");
        text.AppendLine();
        Append(text, own);
        text.AppendLine();
        Append(text, inherited);
        return text.ToString();
    }

    private static void Append(StringBuilder text, IEnumerable<(string Name, string Description)> parameters)
    {
        foreach (var (name, description) in parameters.OrderBy(p => p.Name, StringComparer.Ordinal))
        {
            text.AppendLine($"  --{name,-14}  {description ?? "<no description>"}");
        }
    }
}
