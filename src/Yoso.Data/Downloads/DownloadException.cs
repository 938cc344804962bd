// SPDX-License-Identifier: MIT
namespace Yoso.Data.Downloads;

/// <summary>A download that cannot be finished; the message is one line that names the address and says what to do.</summary>
public sealed class DownloadException : Exception
{
    public DownloadException(string message) : base(message) { }

    public DownloadException(string message, Exception cause) : base(message, cause) { }
}
