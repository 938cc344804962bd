// SPDX-License-Identifier: MIT
namespace ExecutorsTests;

/// <summary>A real engine and a real cluster are installed and started only by root on Debian; elsewhere the tests that need one are skipped and say why.</summary>
internal static class DebianRoot
{
    private const string PolicyFile = "/usr/sbin/policy-rc.d";
    private static readonly Lock Turn = new();

    /// <summary>Null where it can be done.</summary>
    public static string? Obstacle { get; } =
        !OperatingSystem.IsLinux() ? "needs Linux"
        : Environment.UserName != "root" ? "needs root: it installs packages and starts daemons"
        : !File.Exists("/etc/debian_version") || !File.Exists("/usr/bin/apt-get") ? "needs Debian: packages come from apt-get"
        : null;

    /// <summary>Installs what is missing, together. Packages start no service of their own: the tests start private ones.</summary>
    public static void Install(params string[] packages)
    {
        lock (Turn) // two fixtures start at once, and apt-get works alone
        {
            var missing = packages.Where(p => Shell.Try($"dpkg-query -W -f '${{db:Status-Status}}' {p}") is not (0, "installed")).ToArray();
            if (missing.Length > 0)
            {
                Install(string.Join(' ', missing));
            }
        }
    }

    /// <summary>The same, for packages of Debian's non-free part, which is switched on where it is not.</summary>
    public static void InstallNonFree(params string[] packages)
    {
        lock (Turn)
        {
            Shell.Try("sed -i '/^Components:/{/non-free\\b/!s/$/ contrib non-free/}' /etc/apt/sources.list.d/debian.sources; sed -i '/^deb .* main/{/ non-free\\( \\|$\\)/!s/$/ contrib non-free/}' /etc/apt/sources.list");
        }

        Install(packages);
    }

    private static void Install(string packages)
    {
        var policy = !File.Exists(PolicyFile);
        if (policy)
        {
            Shell.Run($"printf '#!/bin/sh\\nexit 101\\n' >{PolicyFile} && chmod 755 {PolicyFile}");
        }

        try
        {
            var install = $"DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends {packages}";
            if (Shell.Try(install).ExitCode != 0)
            {
                Shell.Run("apt-get -o DPkg::Lock::Timeout=300 update -qq");
                Shell.Run(install);
            }
        }
        finally
        {
            if (policy)
            {
                File.Delete(PolicyFile);
            }
        }
    }
}
