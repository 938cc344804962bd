// SPDX-License-Identifier: MIT
namespace Yoso.Data.Downloads;

/// <summary>How to download; the defaults suit files of some GB from public servers.</summary>
public sealed record DownloadOptions
{
    /// <summary>Connections at a time, where the server gives ranges.</summary>
    public int Connections { get; init; } = 4;

    /// <summary>Size of a range; finished ranges are kept when a download is resumed.</summary>
    public int PartBytes { get; init; } = 16 << 20;

    /// <summary>Failures in a row, without a byte received in between, after which a download is given up.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>Wait before the second attempt; it doubles with each further one.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>A connection that gives nothing for so long has failed.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromMinutes(1);

    internal TimeSpan Delay(int failures) =>
        TimeSpan.FromTicks((long)Math.Min(LongestDelay.Ticks, FirstDelay.Ticks * Math.Pow(2, failures - 1)));
}

/// <summary>A published file.</summary>
/// <param name="Sha256">In hex; null where it is not known: the digest of the first download is then recorded and later ones must match it.</param>
/// <param name="Bytes">Null where it is not known.</param>
/// <param name="Licence">To be shown before the download.</param>
public sealed record RemoteFile(Uri Address, string? Sha256, long? Bytes, string Licence)
{
    public string Name => Uri.UnescapeDataString(Address.Segments[^1]);
}

/// <summary>Bytes of a download so far; the total is null where the server does not say.</summary>
public readonly record struct DownloadProgress(long Bytes, long? Total);
