// SPDX-License-Identifier: MIT
using Yoso.Data;

namespace Yoso.Experiments.Runs;

/// <summary>The repository's samples/ folder: above the program, or above the current folder where the program was built elsewhere.</summary>
internal static class SampleFolder
{
    private static readonly Lazy<string?> Found = new(() =>
        Above(AppContext.BaseDirectory).Concat(Above(Environment.CurrentDirectory)).Select(f => Path.Combine(f, "samples")).FirstOrDefault(f => File.Exists(Path.Combine(f, "manifest.json"))));

    /// <summary>Its full path.</summary>
    /// <exception cref="DataFormatException">It is nowhere.</exception>
    public static string Locate() => Found.Value ?? throw new DataFormatException("no samples folder above the program or the current folder; run from inside the repository");

    private static IEnumerable<string> Above(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            yield return at.FullName;
        }
    }
}
