// SPDX-License-Identifier: MIT
using Yoso.Cuda.Compilation;
using Yoso.Cuda.Driver;

namespace Yoso.Cuda.Tests.Compilation;

public sealed class CompilerOutputTests
{
    [Fact]
    public void PtxasLog_GivesRegistersSharedMemoryAndSpills()
    {
        const string log = """
            ptxas info    : 0 bytes gmem
            ptxas info    : Compiling entry function 'second' for 'sm_90'
            ptxas info    : Function properties for second
                16 bytes stack frame, 12 bytes spill stores, 20 bytes spill loads
            ptxas info    : Used 255 registers, used 1 barriers, 4096 bytes smem, 352 bytes cmem[0]
            ptxas info    : Compiling entry function 'first' for 'sm_90'
            ptxas info    : Function properties for first
                0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
            ptxas info    : Used 10 registers
            """;

        Assert.Equal([new KernelResources("first", 10, 0, 0, 0), new KernelResources("second", 255, 4096, 16, 32)], PtxasLog.Parse(log));
    }

    [Theory]
    [InlineData("sm_90", 90, false)]
    [InlineData("compute_80", 80, true)]
    public void Target_IsRead(string text, int capability, bool isPtx) => Assert.Equal(new KernelTarget(capability, isPtx), KernelTarget.Parse(text));

    [Theory]
    [InlineData("sm_")]
    [InlineData("90")]
    [InlineData("sm_9")]
    [InlineData("sm_90x")]
    public void Target_IsNull_WhenItIsNone(string text) => Assert.Null(KernelTarget.Parse(text));

    [Fact]
    public void Failure_NamesFileLineAndTarget()
    {
        var text = KernelCompilers.Failure(new FakeCompiler(), new KernelUnit("Sort", 64), new KernelTarget(90, IsPtx: false), "Sort.cu(12): error: identifier \"x\" is undefined\n\nRows.cuh(3): note: here\n1 error\n");

        Assert.Equal(
            "Sort.cu does not compile for sm_90, width 64, with fake 1:\nsrc/Yoso.Cuda/Kernels/Sort.cu(12): error: identifier \"x\" is undefined\nsrc/Yoso.Cuda/Kernels/Rows.cuh(3): note: here\n1 error",
            text);
    }

    [Fact]
    public void DriverSearch_TellsALinkThatLeadsNowhere_FromNoDriver()
    {
        var folder = Directory.CreateTempSubdirectory("yoso-driver-").FullName;

        Assert.Equal("no NVIDIA driver: libcuda.so.1 is not installed; install the NVIDIA kernel driver, or use --device cpu", DriverSearch.WhyMissing("libcuda.so.1", [folder]));
        File.CreateSymbolicLink(Path.Combine(folder, "libcuda.so.1"), "nowhere.so");
        Assert.Equal($"no NVIDIA driver: {folder}/libcuda.so.1 is a link to nowhere.so, which does not exist; install the NVIDIA kernel driver, or use --device cpu", DriverSearch.WhyMissing("libcuda.so.1", [folder]));
        File.WriteAllText(Path.Combine(folder, "nowhere.so"), "");
        Assert.Contains("cannot be loaded", DriverSearch.WhyMissing("libcuda.so.1", [folder]));

        Directory.Delete(folder, recursive: true);
    }
}
