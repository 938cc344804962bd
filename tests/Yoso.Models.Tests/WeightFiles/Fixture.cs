// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;

namespace Yoso.Models.Tests.WeightFiles;

internal static class Fixture
{
    public static string Path(string name, [CallerFilePath] string here = "") => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(here)!, "Fixtures", name);
}

/// <summary>A folder that goes with its test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("yoso-weights-").FullName;

    public string this[string name] => Path.Combine(_path, name);

    public string Write(string name, byte[] content)
    {
        File.WriteAllBytes(this[name], content);
        return this[name];
    }

    public override string ToString() => _path;

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
