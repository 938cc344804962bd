// SPDX-License-Identifier: MIT
using System.Security.Cryptography;
using System.Text;

/// <summary>
/// Digest of the sources of the last successful build, .nuke/temp/NAME.stamp: asking MSBuild whether there is nothing to do takes many seconds,
/// reading all sources takes none.
/// </summary>
internal sealed class SourceStamp(string root, string name, string[] sources, string settings)
{
    private readonly string file = Path.Combine(root, ".nuke", "temp", $"{name}.stamp");
    private string? digest;

    public bool IsCurrent => File.Exists(file) && File.ReadAllText(file) == Digest;

    private string Digest => digest ??= Compute();

    /// <summary>Before a build. Reads the sources now, so that a file changed while the compiler runs is built next time.</summary>
    public void Clear()
    {
        _ = Digest;
        File.Delete(file);
    }

    /// <summary>After a successful build.</summary>
    public void Write()
    {
        File.WriteAllText(file + ".partial", Digest);
        File.Move(file + ".partial", file, overwrite: true);
    }

    private static IEnumerable<string> Files(string path)
    {
        if (File.Exists(path))
        {
            return [path];
        }

        if (!Directory.Exists(path) || Path.GetFileName(path) is "bin" or "obj" or ".vs")
        {
            return [];
        }

        return Directory.GetFiles(path).Concat(Directory.GetDirectories(path).SelectMany(Files));
    }

    private string Compute()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(settings));
        foreach (var path in sources.SelectMany(s => Files(Path.Combine(root, s))).Order(StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetRelativePath(root, path)));
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(path)));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
