// SPDX-License-Identifier: MIT
namespace Nuke.Common.IO;

/// <summary>A rooted, normalised path; <c>path / "name"</c> goes down, <c>path / ".."</c> up.</summary>
public class AbsolutePath
{
    private readonly string path;

    private AbsolutePath(string path) => this.path = path;

    public string Name => Path.GetFileName(path);

    public AbsolutePath Parent => Path.GetDirectoryName(path) is { } parent ? new AbsolutePath(parent) : null;

    public static implicit operator AbsolutePath(string path) => path == null ? null : Create(path);

    public static implicit operator string(AbsolutePath path) => path?.path;

    public static AbsolutePath operator /(AbsolutePath left, string right) => Create(Path.Combine(left.path, right));

    public static bool operator ==(AbsolutePath a, AbsolutePath b) => Equals(a, b);

    public static bool operator !=(AbsolutePath a, AbsolutePath b) => !Equals(a, b);

    public static AbsolutePath Create(string path)
    {
        Assert.True(Path.IsPathRooted(path), $"Path '{path}' must be rooted");
        return new AbsolutePath(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
    }

    public override bool Equals(object obj) => obj is AbsolutePath other && string.Equals(path, other.path, Comparison);

    public override int GetHashCode() => path.GetHashCode(Comparison);

    public override string ToString() => path;

    private static StringComparison Comparison => OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
}

public static class AbsolutePathExtensions
{
    public static bool FileExists(this AbsolutePath path) => File.Exists(path);

    public static bool DirectoryExists(this AbsolutePath path) => Directory.Exists(path);

    public static AbsolutePath CreateDirectory(this AbsolutePath path)
    {
        Directory.CreateDirectory(path);
        return path;
    }

    public static void DeleteFile(this AbsolutePath path)
    {
        if (File.Exists(path))
        {
            File.Delete(path);
        }
    }

    public static void DeleteDirectory(this AbsolutePath path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }
}
