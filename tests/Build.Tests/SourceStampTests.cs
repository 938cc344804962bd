// SPDX-License-Identifier: MIT
namespace BuildTests;

public sealed class SourceStampTests : IDisposable
{
    private readonly BuildRun run = new();

    public SourceStampTests()
    {
        Directory.CreateDirectory(Path.Combine(run.Folder, ".nuke", "temp"));
        Directory.CreateDirectory(Path.Combine(run.Folder, "src", "a"));
        Write("src/a/A.cs", "class A;");
        Write("props", "<Project />");
        Stamp().Write();
    }

    public void Dispose() => run.Dispose();

    [Fact]
    public void IsCurrent_IsTrue_WhenOnlyTimesOutputsAndStrangersChange()
    {
        Directory.CreateDirectory(Path.Combine(run.Folder, "src", "a", "obj"));
        Write("src/a/obj/A.g.cs", "class G;");
        Write("elsewhere.txt", "x");
        File.SetLastWriteTimeUtc(Path.Combine(run.Folder, "src", "a", "A.cs"), DateTime.UnixEpoch);

        Assert.True(Stamp().IsCurrent);
    }

    [Theory]
    [InlineData("src/a/A.cs", "class B;")]
    [InlineData("src/a/B.cs", "class A;")]
    [InlineData("props", "<Project/>")]
    public void IsCurrent_IsFalse_WhenAFileChangesOrAppears(string name, string text)
    {
        Write(name, text);

        Assert.False(Stamp().IsCurrent);
    }

    [Fact]
    public void IsCurrent_IsFalse_WhenAFileIsRenamedOrGone()
    {
        File.Move(Path.Combine(run.Folder, "src", "a", "A.cs"), Path.Combine(run.Folder, "src", "a", "C.cs"));
        Assert.False(Stamp().IsCurrent);

        File.Delete(Path.Combine(run.Folder, "src", "a", "C.cs"));
        Assert.False(Stamp().IsCurrent);
    }

    [Fact]
    public void IsCurrent_IsFalse_WhenSettingsDifferOrStampWasCleared()
    {
        Assert.False(Stamp("cuda").IsCurrent);

        Stamp().Clear();
        Assert.False(Stamp().IsCurrent);
    }

    [Fact]
    public void Write_RecordsSourcesFromBeforeTheBuild_WhenTheyChangeMeanwhile()
    {
        var stamp = Stamp();
        stamp.Clear();
        Write("src/a/A.cs", "changed while compiling");
        stamp.Write();

        Assert.False(Stamp().IsCurrent);
    }

    private SourceStamp Stamp(string settings = "cpu") => new(run.Folder, "program", ["src", "props", "missing"], settings);

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(run.Folder, name), text);
}
