// SPDX-License-Identifier: MIT
namespace Yoso.Data;

/// <summary>A data file that is torn, corrupt or not what it should be; the message is one line that names the file and says what to do.</summary>
public sealed class DataFormatException : Exception
{
    public DataFormatException(string message) : base(message) { }

    public DataFormatException(string message, Exception cause) : base(message, cause) { }

    /// <summary>Both numbers count from 1; the column counts bytes, which is what an editor shows for ASCII files.</summary>
    internal static DataFormatException At(string file, long line, long column, string problem) =>
        new($"{file}, line {line}, column {column}: {problem}");
}
