// SPDX-License-Identifier: MIT
namespace Nuke.Common;

/// <summary>A field or property that gets its value from the command line, the environment or a parameters file, in this order.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public class ParameterAttribute(string description = null) : Attribute
{
    public string Description { get; } = description;

    /// <summary>Name on the command line; the member's name when not given.</summary>
    public string Name { get; set; }

    /// <summary>One character between the elements of an array; without it an array takes the words that follow.</summary>
    public string Separator { get; set; }

    /// <summary>Whether the help text shows it.</summary>
    public bool List { get; set; } = true;
}

/// <summary>Least level of what is logged.</summary>
public enum Verbosity
{
    Verbose,
    Normal,
    Minimal,
    Quiet,
}
