// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Runtime.InteropServices;

namespace Executors;

/// <summary>Who runs the build: files that a container writes must be theirs.</summary>
internal static partial class CallerId
{
    /// <summary>uid:gid; null where there is no such thing (Docker Desktop maps owners itself).</summary>
    public static string? UserAndGroup => OperatingSystem.IsWindows() ? null : string.Create(CultureInfo.InvariantCulture, $"{UserId()}:{GroupId()}");

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint UserId();

    [LibraryImport("libc", EntryPoint = "getegid")]
    private static partial uint GroupId();
}
