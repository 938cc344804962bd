// SPDX-License-Identifier: MIT
namespace Yoso.Models.WeightFiles;

/// <summary>A file of weights cannot be read; the message is one line that names the file and says what to do.</summary>
public sealed class WeightFileException : IOException
{
    public WeightFileException(string message) : base(message) { }

    public WeightFileException(string message, Exception cause) : base(message, cause) { }
}
