// SPDX-License-Identifier: MIT
using System.Security.Cryptography;
using System.Text;

namespace Yoso.Data;

/// <summary>What a data set is made from, by content.</summary>
public static class DataSourceFiles
{
    /// <summary>Name, size and SHA-256 of a file.</summary>
    /// <exception cref="DataFormatException">It does not exist.</exception>
    public static DataSourceFile Describe(string path)
    {
        if (!File.Exists(path)) throw new DataFormatException($"{path} does not exist");
        return new DataSourceFile(Path.GetFileName(path), new FileInfo(path).Length, FileDigestMemory.OfUser.Digest(path));
    }

    /// <summary>Digest of what a data set is made from: the loader's version, its options and the files.</summary>
    internal static string Key<T>(string loader, T options, IEnumerable<DataSourceFile> files) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
            $"{loader}\n{DataManifest.OptionsOf(options).GetRawText()}\n{string.Join('\n', files.Select(file => $"{file.Name} {file.Sha256}"))}")));
}
