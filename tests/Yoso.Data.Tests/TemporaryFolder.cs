// SPDX-License-Identifier: MIT
namespace Yoso.Data.Tests;

internal sealed class TemporaryFolder : IDisposable
{
    private readonly string path = Directory.CreateTempSubdirectory("yoso-data-").FullName;

    public string this[string name] => Path.Combine(path, name);

    public override string ToString() => path;

    public void Dispose() => Directory.Delete(path, recursive: true);
}
