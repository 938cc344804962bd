// SPDX-License-Identifier: MIT
namespace Yoso.Experiments.Runs;

/// <summary>What a person sees while data is fetched and converted.</summary>
internal interface IDataEvents
{
    /// <summary>One line, e.g. the licence of what is about to be downloaded.</summary>
    void Note(string line);

    /// <param name="what">The work, always by the same name.</param>
    /// <param name="done">Of <paramref name="total"/>, in any unit.</param>
    /// <param name="total">Null where it is not known.</param>
    void Progress(string what, double done, double? total);
}

/// <summary>For callers without a display.</summary>
internal sealed class NoDataEvents : IDataEvents
{
    public static IDataEvents Instance { get; } = new NoDataEvents();

    public void Note(string line)
    {
    }

    public void Progress(string what, double done, double? total)
    {
    }
}
