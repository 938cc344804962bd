// SPDX-License-Identifier: MIT
using System.Text;
using Yoso.Cuda.Compilation;

namespace Yoso.Cuda.Tests.Compilation;

/// <summary>A compiler whose images name what was compiled; counts its work.</summary>
internal sealed class FakeCompiler(string version = "fake 1") : IKernelCompiler
{
    private int _calls;

    public int Calls => _calls;

    public string Version => version;

    public string Location => "/fake";

    public string Options => "-O";

    public IReadOnlyList<string> Architectures => ["sm_80", "sm_86", "sm_90"];

    public CompilerOutput Compile(KernelSources sources, KernelUnit unit, KernelTarget target)
    {
        Interlocked.Increment(ref _calls);
        return sources.Files[unit.Source + ".cu"].Contains("mistake", StringComparison.Ordinal)
            ? throw new KernelCompilationException($"{unit.Source}.cu(1): error: mistake")
            : new CompilerOutput(Encoding.UTF8.GetBytes($"{unit} {target}"), target.IsPtx ? [] : [new KernelResources("k", 32, 1024, 0, 0)]);
    }
}
