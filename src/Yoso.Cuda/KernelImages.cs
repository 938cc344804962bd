// SPDX-License-Identifier: MIT
using System.Reflection;
using System.Security.Cryptography;
using Yoso.Cuda.Compilation;

namespace Yoso.Cuda;

/// <summary>Compiled kernels, from a folder that CompileKernels filled or from the resources of a program.</summary>
public sealed class KernelImages
{
    private const string ResourcePrefix = "compiled/";
    private readonly KernelManifest _manifest;
    private readonly Func<string, byte[]?> _read;
    private readonly string _origin;

    private KernelImages(KernelManifest manifest, Func<string, byte[]?> read, string origin) => (_manifest, _read, _origin) = (manifest, read, origin);

    /// <summary>Which compiler made them, and for what.</summary>
    public string Description => $"{_manifest.Compiler}: {string.Join(", ", _manifest.Units.Select(u => u.Target).Distinct())}";

    /// <summary>What <see cref="KernelBuild"/> wrote into <paramref name="folder"/>.</summary>
    /// <exception cref="InvalidDataException">Nothing there, or compiled from other sources; one line says what to run.</exception>
    public static KernelImages FromFolder(string folder, KernelSources sources)
    {
        var path = Path.Combine(folder, KernelManifest.FileName);
        return File.Exists(path)
            ? Checked(KernelManifest.Parse(File.ReadAllBytes(path), path), sources, path, f => File.Exists(Path.Combine(folder, f)) ? File.ReadAllBytes(Path.Combine(folder, f)) : null)
            : throw new InvalidDataException($"no compiled CUDA kernels in {folder}: run ./build.sh CompileKernels");
    }

    /// <summary>What was embedded into a program as compiled/FILE.</summary>
    /// <exception cref="InvalidDataException">None were embedded, or of other sources.</exception>
    public static KernelImages FromResources(Assembly assembly, KernelSources sources)
    {
        var manifest = Resource(assembly, KernelManifest.FileName) ?? throw new InvalidDataException("this program was built without compiled kernels: run ./build.sh KernelSelfTest");
        return Checked(KernelManifest.Parse(manifest, "the embedded manifest"), sources, "the embedded manifest", f => Resource(assembly, f));
    }

    /// <summary>
    /// The image of <paramref name="unit"/> that runs on <paramref name="capability"/> (90 for 9.0): its own machine code, else that of
    /// the nearest older one of the same generation, else PTX, which the driver compiles.
    /// </summary>
    /// <exception cref="InvalidDataException">None runs there, or its file is damaged.</exception>
    public (CompiledUnit Unit, byte[] Image) For(KernelUnit unit, int capability) => Load(unit, Choose(unit, capability, ptxOnly: false));

    /// <summary>The PTX of <paramref name="unit"/>, whatever machine code there is: what a GPU newer than all of it would use.</summary>
    /// <inheritdoc cref="For"/>
    public (CompiledUnit Unit, byte[] Image) PtxFor(KernelUnit unit, int capability) => Load(unit, Choose(unit, capability, ptxOnly: true));

    /// <summary>Whether every source is there in every width for this architecture.</summary>
    public bool Serves(KernelSources sources, int capability) =>
        sources.Names.All(s => KernelBuild.Widths.All(w => Candidates(new KernelUnit(s, w), capability, ptxOnly: false).Any()));

    private CompiledUnit Choose(KernelUnit unit, int capability, bool ptxOnly) => Candidates(unit, capability, ptxOnly).FirstOrDefault()
        ?? throw new InvalidDataException($"{_origin} has no {unit} for sm_{capability}, only for {string.Join(", ", _manifest.Units.Where(u => u.Unit == unit).Select(u => u.Target))}: run ./build.sh CompileKernels on that machine");

    private IEnumerable<CompiledUnit> Candidates(KernelUnit unit, int capability, bool ptxOnly)
    {
        var candidates = _manifest.Units.Where(u => u.Unit == unit).Select(u => (Unit: u, Target: KernelTarget.Parse(u.Target)!.Value)).ToArray();
        var machineCode = candidates.Where(c => !ptxOnly && !c.Target.IsPtx && c.Target.Capability <= capability && c.Target.Capability / 10 == capability / 10);
        var ptx = candidates.Where(c => c.Target.IsPtx && c.Target.Capability <= capability);
        return machineCode.OrderByDescending(c => c.Target.Capability).Concat(ptx.OrderByDescending(c => c.Target.Capability)).Select(c => c.Unit);
    }

    private (CompiledUnit Unit, byte[] Image) Load(KernelUnit unit, CompiledUnit chosen)
    {
        var image = _read(chosen.File) ?? throw new InvalidDataException($"{chosen.File} is missing, which {_origin} lists for {unit}: run ./build.sh CompileKernels");
        return Convert.ToHexStringLower(SHA256.HashData(image)) == chosen.Sha256
            ? (chosen, image)
            : throw new InvalidDataException($"{chosen.File} is damaged, {_origin} has another SHA-256 for it: delete it and run ./build.sh CompileKernels");
    }

    private static KernelImages Checked(KernelManifest manifest, KernelSources sources, string origin, Func<string, byte[]?> read) =>
        manifest.SourceDigest == sources.Digest()
            ? new KernelImages(manifest, read, origin)
            : throw new InvalidDataException($"{origin} is of other kernel sources than this program: run ./build.sh CompileKernels");

    private static byte[]? Resource(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(ResourcePrefix + name);
        if (stream is null)
        {
            return null;
        }

        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
