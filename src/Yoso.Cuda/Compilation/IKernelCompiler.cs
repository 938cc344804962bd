// SPDX-License-Identifier: MIT
namespace Yoso.Cuda.Compilation;

/// <summary>A compiled unit in memory and what the compiler wrote about it.</summary>
public sealed record CompilerOutput(byte[] Image, KernelResources[] Kernels);

/// <summary>A CUDA compiler of this machine.</summary>
public interface IKernelCompiler
{
    /// <summary>"nvcc 11.8.89" or "NVRTC 11.8": part of the key of a compiled unit.</summary>
    string Version { get; }

    /// <summary>Where it was found, for people.</summary>
    string Location { get; }

    /// <summary>Options beside the target; part of the key.</summary>
    string Options { get; }

    /// <summary>Targets that it knows, e.g. "sm_90"; a virtual one ("compute_90") for each.</summary>
    IReadOnlyList<string> Architectures { get; }

    /// <exception cref="KernelCompilationException">The source is wrong; the message has file, line and the compiler's text.</exception>
    CompilerOutput Compile(KernelSources sources, KernelUnit unit, KernelTarget target);
}

/// <summary>One compilation: a source file for one row width.</summary>
/// <param name="Source">File name without ".cu".</param>
/// <param name="Width">Floats of a row, the macro YOSO_WIDTH: the head dimension padded to 32, 64, 128 or 256.</param>
public readonly record struct KernelUnit(string Source, int Width)
{
    public override string ToString() => $"{Source}.w{Width}";
}

/// <summary>What a unit is compiled for: machine code of one architecture, or PTX that the driver of any later one compiles.</summary>
/// <param name="Capability">Compute capability times ten: 90 for 9.0.</param>
/// <param name="IsPtx">Whether it is PTX.</param>
public readonly record struct KernelTarget(int Capability, bool IsPtx)
{
    public override string ToString() => (IsPtx ? "compute_" : "sm_") + Capability;

    /// <summary>"sm_90" or "compute_80"; null for anything else.</summary>
    public static KernelTarget? Parse(string text)
    {
        foreach (var (prefix, isPtx) in ((string, bool)[])[("sm_", false), ("compute_", true)])
        {
            if (text.StartsWith(prefix, StringComparison.Ordinal) && int.TryParse(text.AsSpan(prefix.Length), out var capability) && capability is >= 50 and < 1000)
            {
                return new KernelTarget(capability, isPtx);
            }
        }

        return null;
    }
}

/// <summary>A kernel that does not compile.</summary>
public sealed class KernelCompilationException(string message) : Exception(message);
