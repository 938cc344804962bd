// SPDX-License-Identifier: MIT
namespace Nuke.Common.Execution;

/// <summary>
/// <c>targets... --name values... --flag</c>. Dashes in names and case do not count; the values of an option are the words up to the
/// next one that starts with a dash; of a repeated option the last one counts; words count as targets only before the first option.
/// </summary>
internal sealed class CommandLine
{
    private readonly Dictionary<string, string[]> options = new(StringComparer.OrdinalIgnoreCase);

    public CommandLine(string[] arguments)
    {
        Positional = arguments.TakeWhile(a => !IsOption(a)).ToArray();
        for (var i = Positional.Length; i < arguments.Length; i++)
        {
            if (IsOption(arguments[i]))
            {
                options[Normalize(arguments[i])] = arguments.Skip(i + 1).TakeWhile(a => !IsOption(a)).ToArray();
            }
        }
    }

    public string[] Positional { get; }

    public static string Normalize(string name) => name.Replace("-", "");

    /// <summary>The words after the option, none for a bare flag, null when it was not given.</summary>
    public string[] Values(string name) => options.GetValueOrDefault(Normalize(name));

    private static bool IsOption(string argument) => argument.StartsWith('-');
}
