// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;

namespace ExecutorsTests;

internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>The program beside the tests.</summary>
    public static string Program => Path.Combine(AppContext.BaseDirectory, "yoso.dll");

    private static string Find([CallerFilePath] string file = "")
    {
        var folder = new DirectoryInfo(Path.GetDirectoryName(file)!);
        while (!File.Exists(Path.Combine(folder.FullName, "Yoso.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
