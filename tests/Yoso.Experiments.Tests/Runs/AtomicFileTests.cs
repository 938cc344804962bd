// SPDX-License-Identifier: MIT
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Tests.Runs;

public sealed class AtomicFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("yoso-atomic-");

    [Fact]
    public void Write_LeavesTheEarlierFile_WhenTheWriterFails()
    {
        var path = Path.Combine(_folder.FullName, "run.json");
        AtomicFile.WriteText(path, "first");

        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, s =>
        {
            s.WriteByte(1);
            throw new InvalidOperationException();
        }));

        Assert.Equal("first", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.FullName));
    }

    [Fact]
    public void Write_SaysWhatToDo_WhenTheFolderIsMissing()
    {
        var error = Assert.Throws<IOException>(() => AtomicFile.WriteText(Path.Combine(_folder.FullName, "no", "x"), "y"));

        Assert.Contains("Check free space and permissions", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
