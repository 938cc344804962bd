// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using System.Text;
using Yoso.Cuda.Compilation;

namespace Yoso.Cuda.Tests.Compilation;

/// <summary>The kernels of this repository by the compilers of a CUDA toolkit.</summary>
public sealed class RealCompilerTests
{
    private const int Capability = 90;

    /// <summary>Every source for the architecture and width that were measured, and once for others, by turns: the build target compiles all of them.</summary>
    public static TheoryData<string, int, int> Units
    {
        get
        {
            var data = new TheoryData<string, int, int>();
            foreach (var (source, i) in KernelSources.Embedded.Names.Order(StringComparer.Ordinal).Select((s, i) => (s, i)))
            {
                data.Add(source, 64, Capability);
                data.Add(source, KernelBuild.Widths[(i + 2) % 4], KernelCompilers.DefaultCapabilities[i % 3]);
            }

            return data;
        }
    }

    [Fact]
    public void Sources_AreEmbedded() => Assert.True(KernelSources.Embedded.Names.Count() >= 6);

    [Theory]
    [MemberData(nameof(Units))]
    public void Nvcc_CompilesWithoutSpills_AsTheManifestSays(string source, int width, int capability)
    {
        var compiler = CudaToolkit.Require("nvcc");

        var output = compiler.Compile(KernelSources.Embedded, new KernelUnit(source, width), new KernelTarget(capability, IsPtx: false));

        Assert.NotEmpty(output.Kernels);
        Assert.All(output.Kernels, k => Assert.Equal((0, 0), (k.SpillBytes, k.StackBytes)));
        var manifest = Committed();
        if (compiler.Version == manifest.Compiler)
        {
            Assert.Equal(manifest.Units.Single(u => (u.Source, u.Width, u.Target) == (source, width, $"sm_{capability}")).Kernels, output.Kernels);
        }

        // What the compiler reports and what the file says are the same.
        Assert.Equal(
            output.Kernels.Select(k => (k.Name, k.Registers, k.SharedBytes, k.StackBytes)),
            CubinResources.Read(output.Image).Select(k => (k.Name, k.Registers, k.SharedBytes, k.StackBytes)));
    }

    [Fact]
    public void Nvcc_MakesPtx()
    {
        var compiler = CudaToolkit.Require("nvcc");

        var output = compiler.Compile(KernelSources.Embedded, new KernelUnit("LshCumulation", 32), new KernelTarget(KernelCompilers.PtxCapability, IsPtx: true));

        var text = Encoding.UTF8.GetString(output.Image);
        Assert.Contains(".target sm_80", text);
        Assert.Contains(".visible .entry yoso_lsh_cumulation(", text);
    }

    [Theory]
    [InlineData("HadamardHash")]
    [InlineData("WeightedLshCumulation")]
    public void Nvrtc_CompilesTheSameSource(string source)
    {
        var compiler = CudaToolkit.Require("nvrtc");

        var output = compiler.Compile(KernelSources.Embedded, new KernelUnit(source, 64), new KernelTarget(Capability, IsPtx: false));
        var ptx = compiler.Compile(KernelSources.Embedded, new KernelUnit(source, 64), new KernelTarget(KernelCompilers.PtxCapability, IsPtx: true));

        Assert.StartsWith("NVRTC ", compiler.Version);
        Assert.NotEmpty(output.Kernels);
        Assert.All(output.Kernels, k => Assert.InRange(k.Registers, 16, 255));
        Assert.Contains(".visible .entry yoso_", Encoding.UTF8.GetString(ptx.Image));
    }

    [Theory]
    [InlineData("nvcc")]
    [InlineData("nvrtc")]
    public void Compiler_NamesFileAndLine_WhenASourceIsWrong(string name)
    {
        var compiler = CudaToolkit.Require(name);
        var sources = new KernelSources([new("Wrong.cu", "#include \"Part.cuh\"\nextern \"C\" __global__ void k(int* x) {\n    *x = missing;\n}\n"), new("Part.cuh", "\n")]);

        var error = Assert.Throws<KernelCompilationException>(() => compiler.Compile(sources, new KernelUnit("Wrong", 32), new KernelTarget(Capability, IsPtx: false)));

        Assert.StartsWith($"Wrong.cu does not compile for sm_90, width 32, with {compiler.Version}:\nsrc/Yoso.Cuda/Kernels/Wrong.cu(3): error: identifier \"missing\" is undefined", error.Message);
    }

    [Theory]
    [InlineData("nvcc")]
    [InlineData("nvrtc")]
    public void Compiler_NamesTheHeader_WhenTheMistakeIsThere(string name)
    {
        var compiler = CudaToolkit.Require(name);
        var sources = new KernelSources([new("Right.cu", "#include \"Part.cuh\"\nextern \"C\" __global__ void k(int* x) { part(x); }\n"), new("Part.cuh", "__device__ inline void part(int* x) {\n    *x = missing;\n}\n")]);

        var error = Assert.Throws<KernelCompilationException>(() => compiler.Compile(sources, new KernelUnit("Right", 32), new KernelTarget(Capability, IsPtx: false)));

        Assert.Contains("\nsrc/Yoso.Cuda/Kernels/Part.cuh(2): error: identifier \"missing\" is undefined", error.Message);
    }

    [Fact]
    public void Manifest_InTheRepository_IsOfTheseSourcesAndWithoutSpills()
    {
        var manifest = Committed();

        Assert.True(KernelSources.Embedded.Digest() == manifest.SourceDigest, "the kernels changed: ./yoso kernels compile --manifest src/Yoso.Cuda/Kernels/manifest.json");
        Assert.Equal(["compute_80", "sm_80", "sm_86", "sm_89", "sm_90"], manifest.Units.Select(u => u.Target).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(KernelSources.Embedded.Names.Count() * KernelBuild.Widths.Count * 5, manifest.Units.Length);
        var spilling = manifest.Units.SelectMany(u => u.Kernels.Where(k => k.SpillBytes != 0).Select(k => $"{k.Name}, width {u.Width}, {u.Target}: {k.SpillBytes}"));
        Assert.Empty(spilling);
    }

    private static KernelManifest Committed()
    {
        var path = Path.Combine(Root(), "src", "Yoso.Cuda", "Kernels", KernelManifest.FileName);
        return KernelManifest.Parse(File.ReadAllBytes(path), path);
    }

    private static string Root([CallerFilePath] string here = "")
    {
        var folder = new DirectoryInfo(Path.GetDirectoryName(here)!);
        while (!File.Exists(Path.Combine(folder.FullName, "Yoso.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
