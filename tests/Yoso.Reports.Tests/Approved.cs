// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;

namespace Yoso.Reports.Tests;

/// <summary>Holds a text against tests/Yoso.Reports.Tests/Approved/NAME; on a difference the new text lies beside it as *.received.*, to be looked at and renamed.</summary>
internal static class Approved
{
    public static void Matches(string name, string text, [CallerFilePath] string caller = "")
    {
        var folder = Path.Combine(Folder(caller), "Approved");
        var approved = Path.Combine(folder, name.Insert(name.LastIndexOf('.'), ".approved"));
        var received = Path.Combine(folder, name.Insert(name.LastIndexOf('.'), ".received"));
        var expected = File.Exists(approved) ? File.ReadAllText(approved).ReplaceLineEndings("\n") : null;
        if (expected == text)
        {
            File.Delete(received);
            return;
        }

        File.WriteAllText(received, text);
        var at = expected is null ? 0 : expected.Zip(text).TakeWhile(p => p.First == p.Second).Count();
        Assert.Fail($"{approved}: {(expected is null ? "not there" : $"differs from line {text[..at].Count(c => c == '\n') + 1} on")}; if the new text is right, rename {received}");
    }

    /// <summary>The test project's folder, from the file of a caller anywhere below it.</summary>
    private static string Folder(string caller)
    {
        var folder = Path.GetDirectoryName(caller)!;
        while (!File.Exists(Path.Combine(folder, "Yoso.Reports.Tests.csproj")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException($"{caller} is not below the test project");
        }

        return folder;
    }
}
