// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Nuke.Common.IO;
using Serilog;

namespace Nuke.Common.Execution;

/// <summary>Finds the values of parameters: command line, environment, parameters files.</summary>
internal sealed class ParameterService
{
    private const BindingFlags AllMembers = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.FlattenHierarchy;

    private readonly Invocation invocation;
    private readonly Dictionary<string, JsonElement> files = new(StringComparer.Ordinal);

    public ParameterService(Invocation invocation)
    {
        this.invocation = invocation;
        Load(invocation.RootDirectory / ".nuke" / "parameters.json", mustExist: false);
        foreach (var profile in BuiltIn("profile") ?? [])
        {
            Load(invocation.RootDirectory / ".nuke" / $"parameters.{profile}.json", mustExist: true);
        }
    }

    public static List<(MemberInfo Member, ParameterAttribute Attribute)> Members(Type type)
        => type.GetMembers(AllMembers).Select(m => (m, m.GetCustomAttribute<ParameterAttribute>())).Where(p => p.Item2 != null).ToList();

    /// <summary>RunProfile as run-profile.</summary>
    public static string DashedName((MemberInfo Member, ParameterAttribute Attribute) parameter)
        => Regex.Replace(parameter.Attribute.Name ?? parameter.Member.Name, "(?<=[a-z0-9])(?=[A-Z])", "-").ToLowerInvariant();

    /// <summary>Null when the caller named none.</summary>
    public string[] Targets()
        => invocation.CommandLine.Values("target") == null && invocation.CommandLine.Positional.Length > 0 ? Split(invocation.CommandLine.Positional) : BuiltIn("target");

    /// <summary>Null without --skip, empty when it names none.</summary>
    public string[] Skipped() => BuiltIn("skip");

    /// <summary>Sets the members for which a value is found; one that does not fit its type is a warning, and the initial value stays.</summary>
    public void Inject(NukeBuild build)
    {
        if (BuiltIn("verbosity") is [{ } level, ..] && Enum.TryParse<Verbosity>(level, ignoreCase: true, out var verbosity))
        {
            NukeBuild.Verbosity = verbosity;
        }

        foreach (var (member, attribute) in Members(build.GetType()))
        {
            try
            {
                Set(build, member, Find(attribute.Name ?? member.Name, member is FieldInfo f ? f.FieldType : ((PropertyInfo)member).PropertyType, attribute.Separator));
            }
            catch (Exception exception)
            {
                Log.Warning("Could not inject value for {Build:l}.{Member:l}: {Message:l}", build.GetType().Name, member.Name, exception.Message);
            }
        }
    }

    private static void Set(NukeBuild build, MemberInfo member, object value)
    {
        if (value == null)
        {
            return;
        }

        if (member is PropertyInfo { CanWrite: true } property)
        {
            property.SetValue(build, value);
            return;
        }

        // A property without a setter is set through its field.
        var field = member as FieldInfo ?? member.DeclaringType!.GetField($"<{member.Name}>k__BackingField", AllMembers);
        field!.SetValue(build, value);
    }

    private static string[] Split(string[] names) => names.SelectMany(n => n.Split('+')).ToArray();

    private static object Convert(string[] words, Type type, string separator, string baseFolder)
    {
        if (type.IsArray)
        {
            var parts = string.IsNullOrEmpty(separator) ? words : words.SelectMany(w => w.Split(separator)).ToArray();
            var array = Array.CreateInstance(type.GetElementType()!, parts.Length);
            for (var i = 0; i < parts.Length; i++)
            {
                array.SetValue(Convert([parts[i]], type.GetElementType(), null, baseFolder), i);
            }

            return array;
        }

        type = Nullable.GetUnderlyingType(type) ?? type;
        if (words.Length == 0)
        {
            return type == typeof(bool) ? true : null;
        }

        Assert.True(words.Length == 1, $"expected one value, found {words.Length}");
        return type switch
        {
            _ when type == typeof(string) => words[0],
            _ when type == typeof(bool) => bool.Parse(words[0]),
            _ when type == typeof(AbsolutePath) => (AbsolutePath)Path.GetFullPath(words[0], baseFolder),
            { IsEnum: true } => Enum.Parse(type, words[0], ignoreCase: true),
            _ => System.Convert.ChangeType(words[0], type, CultureInfo.InvariantCulture),
        };
    }

    private object Find(string name, Type type, string separator)
    {
        if (invocation.CommandLine.Values(name) is { } words)
        {
            return Convert(words, type, separator, invocation.WorkingDirectory);
        }

        if (Variable(name) is { } variable)
        {
            return Convert(string.IsNullOrWhiteSpace(variable) ? [] : [variable], type, separator, invocation.WorkingDirectory);
        }

        return files.TryGetValue(name, out var element) ? Convert(Words(element), type, separator, invocation.RootDirectory) : null;
    }

    /// <summary>The value of an option of the engine itself, which is a list of words.</summary>
    private string[] BuiltIn(string name)
    {
        var words = invocation.CommandLine.Values(name) ?? (Variable(name) is { } variable ? [variable] : null);
        return words == null ? null : Split(words);
    }

    /// <summary>By exact name, else the one variable that is, letters and digits only and ignoring case, NAME or NUKENAME.</summary>
    private string Variable(string name)
    {
        if (invocation.Variables.TryGetValue(name, out var exact))
        {
            return exact;
        }

        var matches = invocation.Variables.Where(v => Trimmed(v.Key) is var key && (Same(key, name) || Same(key, "NUKE" + name))).ToList();
        if (matches.Count > 1)
        {
            Log.Warning("Could not resolve {Name:l} since multiple values are provided", name);
        }

        return matches.Count == 1 ? matches[0].Value : null;

        static bool Same(string a, string b) => string.Equals(a, Trimmed(b), StringComparison.OrdinalIgnoreCase);
        static string Trimmed(string s) => new(s.Where(char.IsLetterOrDigit).ToArray());
    }

    private void Load(AbsolutePath file, bool mustExist)
    {
        if (!file.FileExists())
        {
            Assert.True(!mustExist, $"Expected file to exist: {file}");
            return;
        }

        using var document = JsonDocument.Parse(File.ReadAllText(file));
        foreach (var property in document.RootElement.EnumerateObject())
        {
            files[property.Name] = property.Value.Clone();
        }
    }

    private static string[] Words(JsonElement element)
        => element.ValueKind == JsonValueKind.Array ? element.EnumerateArray().SelectMany(Words).ToArray() : [element.ToString()];
}
