// SPDX-License-Identifier: MIT
using System.Reflection;
using System.Text.Json;
using Nuke.Common;
using Yoso.Experiments.Catalog;

/// <summary>Looks at all that the caller can say - command line, environment, parameters files - before the engine does.</summary>
internal static class CommandLineCheck
{
    /// <summary>Null, or one line: what is wrong, and what exists.</summary>
    public static string? Problem(string[] args, string folder, IReadOnlyDictionary<string, string> variables)
    {
        if (Root(args, folder) is not { } root)
        {
            return $"no .nuke folder in '{folder}' or above: run it from inside the repository";
        }

        var targets = Targets();
        OptionRule[] rules = [.. OptionRule.Own, .. OptionRule.Engine(targets, Profiles(root))];
        string[] named = [.. args.TakeWhile(a => !a.StartsWith('-'))];
        return named.Select(w => OptionRule.Target(w, targets)).FirstOrDefault(p => p != null)
            ?? OptionProblem(args[named.Length..], rules)
            ?? VariableProblem(args, variables, rules)
            ?? FileProblem(args, root, variables, rules);
    }

    public static string[] Targets() => [.. typeof(Build).GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        .Where(p => p.PropertyType == typeof(Target)).Select(p => p.Name)];

    private static string[] Profiles(string root) => [.. Directory.GetFiles(Path.Combine(root, ".nuke"), "parameters.*.json")
        .Select(f => Path.GetFileName(f).Split('.')[1]).OrderBy(p => Array.IndexOf(Names.Scales, p)).ThenBy(p => p, StringComparer.Ordinal)];

    private static string? OptionProblem(string[] args, OptionRule[] rules)
    {
        for (var i = 0; i < args.Length;)
        {
            var name = args[i++];
            string[] words = [.. args.Skip(i).TakeWhile(a => !a.StartsWith('-'))];
            i += words.Length;
            if (Find(name, rules) is not { } rule)
            {
                return name.IndexOf('=') is var equals and > 0 && Find(name[..equals], rules) is { } meant
                    ? $"'{name}' is not understood: write --{meant.Name} {name[(equals + 1)..]}"
                    : Spelling.Problem("option", name, rules.Select(r => $"--{r.Name}"));
            }

            if (CountProblem(rule, words) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    private static string? CountProblem(OptionRule rule, string[] words)
    {
        if (words.Length < rule.Least)
        {
            return $"--{rule.Name} needs a value";
        }

        if (words.Length > rule.Most)
        {
            var takes = rule.IsFlag ? "no value" : "one value";
            return $"--{rule.Name} takes {takes}, found '{string.Join(' ', words)}'; targets come before the options";
        }

        return words.Select(rule.Problem).FirstOrDefault(p => p != null) is { } problem ? $"--{rule.Name}: {problem}" : null;
    }

    private static string? VariableProblem(string[] args, IReadOnlyDictionary<string, string> variables, OptionRule[] rules)
    {
        foreach (var rule in rules.Where(r => !r.IsFlag && !IsGiven(r, args)))
        {
            if (Variable(rule, variables) is var (name, value) && value.Length > 0 && rule.Problem(value) is { } problem)
            {
                return $"environment variable {name}: {problem}";
            }
        }

        return null;
    }

    private static string? FileProblem(string[] args, string root, IReadOnlyDictionary<string, string> variables, OptionRule[] rules)
    {
        foreach (var file in Files(args, root, variables, rules))
        {
            try
            {
                using var document = JsonDocument.Parse(File.ReadAllText(file));
                if (document.RootElement.ValueKind != JsonValueKind.Object)
                {
                    return $".nuke/{Path.GetFileName(file)} is not a JSON object";
                }

                var problem = document.RootElement.EnumerateObject().Where(p => p.Name != "$schema").Select(p => KeyProblem(p, args, variables)).FirstOrDefault(p => p != null);
                if (problem != null)
                {
                    return $".nuke/{Path.GetFileName(file)}: {problem}";
                }
            }
            catch (JsonException e)
            {
                return $".nuke/{Path.GetFileName(file)} is not JSON: {e.Message}";
            }
        }

        return null;
    }

    private static IEnumerable<string> Files(string[] args, string root, IReadOnlyDictionary<string, string> variables, OptionRule[] rules)
    {
        var rule = rules.Single(r => r.Name == "profile");
        var profiles = IsGiven(rule, args) ? Words(rule, args) : Variable(rule, variables) is var (_, value) ? [value] : [];
        return profiles.SelectMany(p => p.Split('+')).Select(p => $"parameters.{p}.json").Prepend("parameters.json").Select(f => Path.Combine(root, ".nuke", f)).Where(File.Exists);
    }

    private static string? KeyProblem(JsonProperty property, string[] args, IReadOnlyDictionary<string, string> variables)
    {
        if (OptionRule.Own.FirstOrDefault(r => r.Member == property.Name) is not { } rule)
        {
            return Spelling.Problem("parameter", property.Name, OptionRule.Own.Select(r => r.Member));
        }

        if (IsGiven(rule, args) || Variable(rule, variables) != null)
        {
            return null;
        }

        string[] words = property.Value.ValueKind == JsonValueKind.Array ? [.. property.Value.EnumerateArray().Select(e => e.ToString())] : [property.Value.ToString()];
        return CountProblem(rule, words);
    }

    private static OptionRule? Find(string name, OptionRule[] rules) => rules.FirstOrDefault(r => OptionRule.Same(r.Name, name));

    private static bool IsGiven(OptionRule rule, string[] args) => args.Any(a => a.StartsWith('-') && OptionRule.Same(a, rule.Name));

    private static string[] Words(OptionRule rule, string[] args)
        => [.. args.Skip(Array.FindLastIndex(args, a => a.StartsWith('-') && OptionRule.Same(a, rule.Name)) + 1).TakeWhile(a => !a.StartsWith('-'))];

    /// <summary>The engine's rule: NAME or NUKE_NAME, letters and digits only, ignoring case.</summary>
    private static (string Name, string Value)? Variable(OptionRule rule, IReadOnlyDictionary<string, string> variables)
    {
        var matches = variables.Where(v => OptionRule.Same(Trim(v.Key), rule.Member) || OptionRule.Same(Trim(v.Key), "Nuke" + rule.Member)).ToList();
        return matches.Count == 1 ? (matches[0].Key, matches[0].Value) : null;

        static string Trim(string name) => new([.. name.Where(char.IsLetterOrDigit)]);
    }

    private static string? Root(string[] args, string folder)
    {
        if (Array.FindLastIndex(args, a => a.StartsWith('-') && OptionRule.Same(a, "root")) is var index and >= 0)
        {
            var root = Path.GetFullPath(args.Skip(index + 1).TakeWhile(a => !a.StartsWith('-')).FirstOrDefault() ?? ".", folder);
            return Directory.Exists(Path.Combine(root, ".nuke")) ? root : null;
        }

        for (var at = new DirectoryInfo(folder); at != null; at = at.Parent)
        {
            if (Directory.Exists(Path.Combine(at.FullName, ".nuke")))
            {
                return at.FullName;
            }
        }

        return null;
    }
}
