// SPDX-License-Identifier: MIT
namespace Yoso.Experiments.Runs;

/// <summary>One line that says why a job has no result.</summary>
internal static class FailureReason
{
    /// <summary>Words of libtorch, the C++ library and the runtime for the same thing.</summary>
    private static readonly string[] MemoryWords = ["can't allocate memory", "out of memory", "bad_alloc", "OutOfMemory", "insufficient memory", "Cannot allocate memory"];

    /// <summary>Of a job that could still tell.</summary>
    public static string Of(Exception e)
    {
        var line = e.Message.Split('\n')[0].TrimEnd('\r');
        return e is OutOfMemoryException || SpeaksOfMemory(line) ? $"out of memory: {line}" : line;
    }

    /// <summary>Of one that could not: a signal, or a crash of native code.</summary>
    /// <param name="errors">What it wrote to standard error.</param>
    public static string Of(int exitCode, IReadOnlyList<string> errors)
    {
        // The first line says what happened; the last one is the bottom of a stack trace.
        var said = errors.FirstOrDefault(l => l.Length > 0 && !char.IsWhiteSpace(l[0]) && l.Trim() is not "Fatal error.")?.Trim();
        var signal = exitCode switch
        {
            137 => "killed (signal 9; out of memory, or somebody's kill)",
            143 => "terminated (signal 15)",
            134 => "aborted (signal 6)",
            139 => "crashed (signal 11) in native code",
            _ => $"exit code {exitCode}",
        };
        // What a new thread gets where its stack cannot be mapped, or where the number of threads is limited.
        var cause = errors.Any(SpeaksOfMemory) ? "out of memory, " : errors.Any(l => l.Contains("Resource temporarily unavailable", StringComparison.Ordinal)) ? "out of memory or of threads, " : "";
        return cause + (said is null ? signal : $"{signal}: {said}");
    }

    private static bool SpeaksOfMemory(string line) => MemoryWords.Any(w => line.Contains(w, StringComparison.OrdinalIgnoreCase));
}
