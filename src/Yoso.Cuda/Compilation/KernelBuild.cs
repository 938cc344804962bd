// SPDX-License-Identifier: MIT
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Yoso.Cuda.Compilation;

/// <summary>Compiles every source for every width and target into a folder; what is there already is not compiled again.</summary>
/// <remarks>
/// A file is named by its key, the SHA-256 of sources, options, target and compiler version. It is written under another name first, and
/// the manifest that lists it is written last, so a build that was killed leaves a folder that is right. One build at a time: a second waits.
/// </remarks>
public sealed class KernelBuild(KernelSources sources, IKernelCompiler compiler, string folder)
{
    private int _compiled;

    /// <summary>Row widths that heads are padded to.</summary>
    public static IReadOnlyList<int> Widths { get; } = [32, 64, 128, 256];

    /// <summary>Files that <see cref="Run"/> had to compile.</summary>
    public int Compiled => _compiled;

    /// <summary>Compiles what is missing and returns all that is there of these sources and this compiler.</summary>
    /// <exception cref="KernelCompilationException">A source does not compile, or the compiler does not know a target.</exception>
    public KernelManifest Run(IReadOnlyList<KernelTarget> targets)
    {
        if (targets.FirstOrDefault(t => !compiler.Architectures.Contains($"sm_{t.Capability}")) is { Capability: > 0 } unknown)
        {
            throw new KernelCompilationException($"{compiler.Version} does not know {unknown}: it knows {string.Join(", ", compiler.Architectures)}");
        }

        Directory.CreateDirectory(folder);
        using var turn = WaitForTurn();
        var known = Known();
        var wanted = sources.Names.SelectMany(s => Widths.SelectMany(w => targets.Select(t => (Unit: new KernelUnit(s, w), Target: t)))).ToArray();
        var units = new ConcurrentBag<CompiledUnit>();
        try
        {
            Parallel.ForEach(wanted, w => units.Add(Unit(w.Unit, w.Target, known)));
        }
        catch (AggregateException e)
        {
            throw e.InnerExceptions[0];
        }

        var asked = wanted.ToHashSet();
        var others = known.Values.Where(k => KernelTarget.Parse(k.Target) is { } t && !asked.Contains((k.Unit, t)) && k.Key == Key(k.Unit, t) && IsWhole(k));
        var manifest = new KernelManifest(
            KernelManifest.CurrentSchema, sources.Digest(), compiler.Version, compiler.Options,
            [.. units.Concat(others).OrderBy(u => u.Source, StringComparer.Ordinal).ThenBy(u => u.Width).ThenBy(u => u.Target, StringComparer.Ordinal)]);
        Write(Path.Combine(folder, KernelManifest.FileName), Encoding.UTF8.GetBytes(manifest.ToJson()));
        DeleteOthers(manifest);
        return manifest;
    }

    private CompiledUnit Unit(KernelUnit unit, KernelTarget target, Dictionary<string, CompiledUnit> known)
    {
        var key = Key(unit, target);
        if (known.TryGetValue(key, out var cached) && IsWhole(cached))
        {
            return cached;
        }

        var output = compiler.Compile(sources, unit, target);
        Interlocked.Increment(ref _compiled);
        var name = $"{unit}.{target}.{key[..12]}.{(target.IsPtx ? "ptx" : "cubin")}";
        Write(Path.Combine(folder, name), output.Image);
        return new CompiledUnit(unit.Source, unit.Width, target.ToString(), key, name, Convert.ToHexStringLower(SHA256.HashData(output.Image)), output.Kernels);
    }

    private string Key(KernelUnit unit, KernelTarget target) => sources.Files.ContainsKey(unit.Source + ".cu")
        ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{sources.Digest(unit.Source)}\n{compiler.Version}\n{compiler.Options}\n{unit.Width}\n{target}")))
        : "";

    private bool IsWhole(CompiledUnit unit)
    {
        var path = Path.Combine(folder, unit.File);
        return File.Exists(path) && Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))) == unit.Sha256;
    }

    private Dictionary<string, CompiledUnit> Known()
    {
        var path = Path.Combine(folder, KernelManifest.FileName);
        try
        {
            return File.Exists(path) ? KernelManifest.Parse(File.ReadAllBytes(path), path).Units.ToDictionary(u => u.Key) : [];
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException)
        {
            return []; // of another version or damaged: compiled anew
        }
    }

    /// <summary>Files of earlier sources: the self-test program embeds all that is here.</summary>
    private void DeleteOthers(KernelManifest manifest)
    {
        var listed = manifest.Units.Select(u => u.File).ToHashSet(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(folder).Where(f => Path.GetExtension(f) is ".cubin" or ".ptx" or ".partial" && !listed.Contains(Path.GetFileName(f))))
        {
            File.Delete(file);
        }
    }

    /// <summary>The file is locked while its stream is open, and free again when the process ends, however it ends.</summary>
    private FileStream WaitForTurn()
    {
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(folder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(Path.Combine(folder, ".lock")))
            {
                Thread.Sleep(200);
            }
        }
    }

    private static void Write(string path, byte[] bytes)
    {
        var partial = $"{path}.{Environment.ProcessId}.partial";
        File.WriteAllBytes(partial, bytes);
        File.Move(partial, path, overwrite: true);
    }
}
