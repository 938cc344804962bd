// SPDX-License-Identifier: MIT
using System.Security.Cryptography;

namespace Yoso.Data;

internal static class DataSourceFiles
{
    /// <summary>Name, size and SHA-256 of a file.</summary>
    internal static DataSourceFile Describe(string path)
    {
        using var stream = File.OpenRead(path);
        return new DataSourceFile(Path.GetFileName(path), stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }
}
