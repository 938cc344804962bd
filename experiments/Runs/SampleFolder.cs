// SPDX-License-Identifier: MIT
using Yoso.Data;

namespace Yoso.Experiments.Runs;

/// <summary>The sample pack: the build copies samples/ beside the program.</summary>
internal static class SampleFolder
{
    /// <summary>Its full path.</summary>
    /// <exception cref="DataFormatException">It is not there.</exception>
    public static string Locate()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "samples");
        return Directory.Exists(folder) ? folder : throw new DataFormatException($"{folder} does not exist; build the program again");
    }
}
