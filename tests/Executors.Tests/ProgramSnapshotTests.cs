// SPDX-License-Identifier: MIT
using Executors;

namespace ExecutorsTests;

public sealed class ProgramSnapshotTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("yoso-snapshot-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Publish_MakesANewFolder_OnlyWhenTheProgramChanges()
    {
        var source = _folder.CreateSubdirectory("bin");
        var assembly = Path.Combine(source.FullName, "yoso.dll");
        File.WriteAllText(assembly, "one");
        File.WriteAllText(Path.Combine(source.FullName, "yoso.runtimeconfig.json"), """{ "runtimeOptions": { "configProperties": { "Yoso.LibTorchFolder": "/torch" } } }""");
        var output = Path.Combine(_folder.FullName, "out");

        var first = ProgramSnapshot.Publish(assembly, output);
        var again = ProgramSnapshot.Publish(assembly, output);
        File.WriteAllText(assembly, "two");
        var second = ProgramSnapshot.Publish(assembly, output);

        Assert.Equal(first, again);
        Assert.Equal("/torch", first.LibTorch);
        Assert.NotEqual(first.Folder, second.Folder);
        Assert.Equal(("one", "two"), (File.ReadAllText(first.Assembly), File.ReadAllText(second.Assembly)));
        Assert.Equal(2, Directory.GetDirectories(Path.Combine(output, "program")).Length);
    }
}
