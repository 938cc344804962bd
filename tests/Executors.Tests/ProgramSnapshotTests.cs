// SPDX-License-Identifier: MIT
using Executors;

namespace ExecutorsTests;

public sealed class ProgramSnapshotTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("yoso-snapshot-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Publish_NamesTheFolder_WhenItCannotWriteThere()
    {
        var source = _folder.CreateSubdirectory("bin");
        File.WriteAllText(Path.Combine(source.FullName, "yoso.dll"), "one");
        var output = Path.Combine(_folder.FullName, "out");
        File.WriteAllText(output, "a file where a folder should be");

        var problem = Assert.Throws<ExecutorFailure>(() => ProgramSnapshot.Publish(Path.Combine(source.FullName, "yoso.dll"), output));

        Assert.StartsWith($"the program cannot be copied to {output}/program: ", problem.Message, StringComparison.Ordinal);
        Assert.EndsWith("free space there, or name another folder with --output", problem.Message, StringComparison.Ordinal);
    }

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
