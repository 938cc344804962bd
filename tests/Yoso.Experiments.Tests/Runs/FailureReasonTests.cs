// SPDX-License-Identifier: MIT
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Tests.Runs;

public sealed class FailureReasonTests
{
    [Theory]
    [InlineData(137, "", "killed (signal 9; out of memory, or somebody's kill)")]
    [InlineData(139, "", "crashed (signal 11) in native code")]
    [InlineData(3, "", "exit code 3")]
    [InlineData(134, "Unhandled exception. System.InvalidOperationException: no such thing|   at A.B()|   at Program.Main()", "aborted (signal 6): Unhandled exception. System.InvalidOperationException: no such thing")]
    [InlineData(134, "Out of memory.|   at A.B()", "out of memory, aborted (signal 6): Out of memory.")]
    [InlineData(134, "Fatal error.|Failed to create RW mapping for RX memory. This can be caused by insufficient memory.|   at A.B()", "out of memory, aborted (signal 6): Failed to create RW mapping for RX memory. This can be caused by insufficient memory.")]
    [InlineData(134, "terminate called after throwing an instance of 'std::bad_alloc'|  what():  std::bad_alloc", "out of memory, aborted (signal 6): terminate called after throwing an instance of 'std::bad_alloc'")]
    [InlineData(134, "terminate called after throwing an instance of 'std::system_error'|  what():  Resource temporarily unavailable", "out of memory or of threads, aborted (signal 6): terminate called after throwing an instance of 'std::system_error'")]
    public void Of_ExitCode_TakesTheLineThatSaysWhatHappened(int exitCode, string errors, string reason) =>
        Assert.Equal(reason, FailureReason.Of(exitCode, errors.Split('|', StringSplitOptions.RemoveEmptyEntries)));

    [Fact]
    public void Of_Exception_NamesMemory()
    {
        Assert.Equal("out of memory: Array dimensions exceeded supported range.", FailureReason.Of(new OutOfMemoryException("Array dimensions exceeded supported range.")));
        Assert.StartsWith("out of memory: [enforce fail", FailureReason.Of(new InvalidOperationException("[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes.\nframe #0")), StringComparison.Ordinal);
        Assert.StartsWith("out of memory: CUDA out of memory", FailureReason.Of(new InvalidOperationException("CUDA out of memory. Tried to allocate 2 GiB")), StringComparison.Ordinal);
        Assert.Equal("cut", FailureReason.Of(new IOException("cut\nrest")));
    }
}
