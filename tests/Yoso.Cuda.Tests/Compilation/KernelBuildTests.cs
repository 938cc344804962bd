// SPDX-License-Identifier: MIT
using System.Text;
using Yoso.Cuda.Compilation;

namespace Yoso.Cuda.Tests.Compilation;

public sealed class KernelBuildTests : IDisposable
{
    private static readonly KernelTarget Sm90 = new(90, IsPtx: false), Sm80 = new(80, IsPtx: false), Ptx80 = new(80, IsPtx: true);
    private static readonly KernelSources Sources = new([new("a.cu", "one"), new("b.cu", "two"), new("c.cuh", "shared")]);

    private readonly string _folder = Directory.CreateTempSubdirectory("yoso-kernels-").FullName;

    [Fact]
    public void Run_CompilesEverySourceWidthAndTarget_AndNothingASecondTime()
    {
        var (first, second) = (new FakeCompiler(), new FakeCompiler());

        var manifest = new KernelBuild(Sources, first, _folder).Run([Sm90, Ptx80]);
        var again = new KernelBuild(Sources, second, _folder).Run([Sm90, Ptx80]);

        Assert.Equal(2 * 4 * 2, manifest.Units.Length);
        Assert.Equal(16, first.Calls);
        Assert.Equal(0, second.Calls);
        Assert.Equal(manifest.ToJson(), again.ToJson());
        Assert.Equal(manifest.ToJson(), File.ReadAllText(Path.Combine(_folder, KernelManifest.FileName)));
        Assert.Equal("a.w32 sm_90", File.ReadAllText(Path.Combine(_folder, manifest.Units.Single(u => u is { Source: "a", Width: 32, Target: "sm_90" }).File)));
    }

    [Theory]
    [InlineData("a.cu", 4)]
    [InlineData("c.cuh", 8)]
    public void Run_CompilesWhatASourceReaches_WhenItChanges(string file, int compiled)
    {
        new KernelBuild(Sources, new FakeCompiler(), _folder).Run([Sm90]);
        var changed = new KernelSources(Sources.Files.Select(f => f.Key == file ? new(f.Key, f.Value + " changed") : f));
        var compiler = new FakeCompiler();

        var manifest = new KernelBuild(changed, compiler, _folder).Run([Sm90]);

        Assert.Equal(compiled, compiler.Calls);
        Assert.Equal(8, manifest.Units.Length);
        // What is not listed any more is gone.
        Assert.Equal(8, Directory.GetFiles(_folder, "*.cubin").Length);
    }

    [Fact]
    public void Run_CompilesAgain_WhenTheCompilerIsAnother()
    {
        new KernelBuild(Sources, new FakeCompiler(), _folder).Run([Sm90]);
        var other = new FakeCompiler("fake 2");

        new KernelBuild(Sources, other, _folder).Run([Sm90]);

        Assert.Equal(8, other.Calls);
    }

    [Fact]
    public void Run_KeepsOtherTargets()
    {
        new KernelBuild(Sources, new FakeCompiler(), _folder).Run([Sm80]);

        var manifest = new KernelBuild(Sources, new FakeCompiler(), _folder).Run([Sm90]);

        Assert.Equal(["sm_80", "sm_90"], manifest.Units.Select(u => u.Target).Distinct());
    }

    [Fact]
    public void Run_CompilesAgain_WhenAFileOrTheManifestIsDamaged()
    {
        var manifest = new KernelBuild(Sources, new FakeCompiler(), _folder).Run([Sm90]);
        File.WriteAllText(Path.Combine(_folder, manifest.Units[3].File), "damaged");
        var compiler = new FakeCompiler();
        new KernelBuild(Sources, compiler, _folder).Run([Sm90]);
        Assert.Equal(1, compiler.Calls);

        File.WriteAllText(Path.Combine(_folder, KernelManifest.FileName), "{");
        compiler = new FakeCompiler();
        new KernelBuild(Sources, compiler, _folder).Run([Sm90]);
        Assert.Equal(8, compiler.Calls);
    }

    [Fact]
    public void Run_LeavesNoManifest_WhenASourceDoesNotCompile()
    {
        var wrong = new KernelSources([new("a.cu", "mistake")]);

        var error = Assert.Throws<KernelCompilationException>(() => new KernelBuild(wrong, new FakeCompiler(), _folder).Run([Sm90]));

        Assert.Equal("a.cu(1): error: mistake", error.Message);
        Assert.False(File.Exists(Path.Combine(_folder, KernelManifest.FileName)));
        Assert.Empty(Directory.GetFiles(_folder, "*.cubin"));
    }

    [Fact]
    public void Run_SaysWhatTheCompilerKnows_WhenATargetIsUnknown()
    {
        var error = Assert.Throws<KernelCompilationException>(() => new KernelBuild(Sources, new FakeCompiler(), _folder).Run([new KernelTarget(120, IsPtx: false)]));

        Assert.Equal("fake 1 does not know sm_120: it knows sm_80, sm_86, sm_90", error.Message);
    }

    [Theory]
    [InlineData(90, "sm_90")]
    [InlineData(80, "sm_80")]
    [InlineData(86, "sm_80")]
    [InlineData(89, "sm_80")]
    [InlineData(100, "compute_80")]
    [InlineData(120, "compute_80")]
    public void Images_AreOfTheDeviceOrRunThere(int capability, string target)
    {
        new KernelBuild(Sources, new FakeCompiler(), _folder).Run([Sm80, Sm90, Ptx80]);

        var (unit, image) = KernelImages.FromFolder(_folder, Sources).For(new KernelUnit("b", 64), capability);

        Assert.Equal(target, unit.Target);
        Assert.Equal($"b.w64 {target}", Encoding.UTF8.GetString(image));
    }

    [Fact]
    public void Images_OfPtx_LeaveMachineCodeAside()
    {
        new KernelBuild(Sources, new FakeCompiler(), _folder).Run([Sm90, Ptx80]);

        Assert.Equal("compute_80", KernelImages.FromFolder(_folder, Sources).PtxFor(new KernelUnit("b", 64), 90).Unit.Target);
    }

    [Fact]
    public void Images_SayWhatToRun_WhenTheyDoNotFit()
    {
        Refused("run ./build.sh CompileKernels", () => KernelImages.FromFolder(_folder, Sources));
        var manifest = new KernelBuild(Sources, new FakeCompiler(), _folder).Run([Sm90]);
        Refused("is of other kernel sources than this program", () => KernelImages.FromFolder(_folder, new KernelSources([new("a.cu", "other")])));
        var images = KernelImages.FromFolder(_folder, Sources);
        Refused("has no a.w32 for sm_80, only for sm_90", () => images.For(new KernelUnit("a", 32), 80));
        File.WriteAllText(Path.Combine(_folder, manifest.Units[0].File), "damaged");
        Refused("is damaged", () => images.For(manifest.Units[0].Unit, 90));
        File.Delete(Path.Combine(_folder, manifest.Units[0].File));
        Refused("is missing", () => images.For(manifest.Units[0].Unit, 90));
        File.WriteAllText(Path.Combine(_folder, KernelManifest.FileName), "{\"schema\":7}");
        Refused("is of another version", () => KernelImages.FromFolder(_folder, Sources));
    }

    [Fact]
    public void Library_CompilesForTheDevice_WhenItsKernelsAreMissing()
    {
        var lines = new List<string>();
        var compiler = new FakeCompiler();

        var images = KernelLibrary.Open(_folder, 90, Sources, () => compiler, lines.Add);
        KernelLibrary.Open(_folder, 90, Sources, () => throw new InvalidOperationException("asked again"), lines.Add);

        Assert.Equal("sm_90", images.For(new KernelUnit("a", 32), 90).Unit.Target);
        Assert.Equal($"compiling the CUDA kernels for sm_90 with fake 1 into {_folder}", Assert.Single(lines));
    }

    [Fact]
    public void Library_SaysWhatToRun_WhenThereIsNoCompiler() =>
        Refused("run ./build.sh CompileKernels on a machine with the CUDA toolkit; this one has no CUDA compiler", () => KernelLibrary.Open(_folder, 90, Sources, () => null, _ => { }));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void Refused(string text, Action action)
    {
        var message = Assert.Throws<InvalidDataException>(action).Message;
        Assert.Contains(text, message);
        Assert.DoesNotContain('\n', message);
    }
}
