// SPDX-License-Identifier: MIT
using System.Runtime.InteropServices;
using System.Text;

namespace Yoso.Cuda.Compilation;

/// <summary>NVRTC, NVIDIA's compiler as a library: needs no host compiler, and comes with PyTorch's CUDA packages too.</summary>
internal sealed unsafe class NvrtcCompiler : IKernelCompiler
{
    // Newest first. Debian 12 calls NVRTC 11.8 libnvrtc.so.11.2.
    private static readonly string[] Names = ["libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so", "nvrtc64_130_0.dll", "nvrtc64_120_0.dll", "nvrtc64_112_0.dll"];
    private static readonly Lock Gate = new(); // NVRTC is documented as thread-safe only between programs; one at a time is enough

    private readonly nint _library;
    private readonly string[] _includes;

    private NvrtcCompiler(nint library, string location, string version, IReadOnlyList<string> architectures, string[] includes)
    {
        _library = library;
        _includes = includes;
        Version = $"NVRTC {version}";
        Location = location;
        Architectures = architectures;
    }

    public string Version { get; }

    public string Location { get; }

    public string Options => KernelCompilers.CommonOptions;

    public IReadOnlyList<string> Architectures { get; }

    /// <summary>NVRTC on the loader's path, in CUDA_HOME, CUDA_PATH or /usr/local/cuda, or beside the PyTorch that YOSO_LIBTORCH names.</summary>
    public static NvrtcCompiler? Find(out string reason)
    {
        foreach (var candidate in Candidates())
        {
            if (NativeLibrary.TryLoad(candidate, out var library))
            {
                return Open(library, candidate, out reason);
            }
        }

        reason = "no libnvrtc on the loader's path, in CUDA_HOME or in /usr/local/cuda";
        return null;
    }

    public CompilerOutput Compile(KernelSources sources, KernelUnit unit, KernelTarget target)
    {
        lock (Gate)
        {
            var headers = sources.Files.Where(f => f.Key.EndsWith(".cuh", StringComparison.Ordinal)).ToArray();
            using var texts = new Utf8Strings(headers.Select(h => h.Value));
            using var names = new Utf8Strings(headers.Select(h => h.Key));
            using var source = new Utf8Strings([sources.Files[unit.Source + ".cu"], unit.Source + ".cu"]);
            nint program;
            Check(((delegate* unmanaged<nint*, byte*, byte*, int, byte**, byte**, int>)Export("nvrtcCreateProgram"))(
                &program, source.Pointers[0], source.Pointers[1], headers.Length, texts.Pointers, names.Pointers), "nvrtcCreateProgram");
            try
            {
                return Compile(program, unit, target);
            }
            finally
            {
                _ = ((delegate* unmanaged<nint*, int>)Export("nvrtcDestroyProgram"))(&program);
            }
        }
    }

    private CompilerOutput Compile(nint program, KernelUnit unit, KernelTarget target)
    {
        string[] options = [.. Options.Split(' '), $"-DYOSO_WIDTH={unit.Width}", $"--gpu-architecture={target}", .. target.IsPtx ? Array.Empty<string>() : ["--ptxas-options=-v"], .. _includes.Select(i => "--include-path=" + i)];
        using var strings = new Utf8Strings(options);
        var code = ((delegate* unmanaged<nint, int, byte**, int>)Export("nvrtcCompileProgram"))(program, options.Length, strings.Pointers);
        var log = Encoding.UTF8.GetString(Bytes(program, "nvrtcGetProgramLogSize", "nvrtcGetProgramLog")).TrimEnd('\0');
        if (code != 0)
        {
            throw new KernelCompilationException(KernelCompilers.Failure(this, unit, target, log.Length > 0 ? log : Error(code)));
        }

        if (target.IsPtx)
        {
            return new CompilerOutput(Bytes(program, "nvrtcGetPTXSize", "nvrtcGetPTX"), []);
        }

        var cubin = Bytes(program, "nvrtcGetCUBINSize", "nvrtcGetCUBIN");
        var kernels = PtxasLog.Parse(log);
        return new CompilerOutput(cubin, kernels.Length > 0 ? kernels : CubinResources.Read(cubin));
    }

    private byte[] Bytes(nint program, string sizeCall, string call)
    {
        nuint size;
        Check(((delegate* unmanaged<nint, nuint*, int>)Export(sizeCall))(program, &size), sizeCall);
        var bytes = new byte[(int)size];
        fixed (byte* at = bytes)
        {
            Check(((delegate* unmanaged<nint, byte*, int>)Export(call))(program, at), call);
        }

        return bytes;
    }

    private static NvrtcCompiler? Open(nint library, string location, out string reason)
    {
        int major, minor, count;
        if (!NativeLibrary.TryGetExport(library, "nvrtcVersion", out var version)
            || ((delegate* unmanaged<int*, int*, int>)version)(&major, &minor) != 0
            || !NativeLibrary.TryGetExport(library, "nvrtcGetCUBIN", out _)
            || !NativeLibrary.TryGetExport(library, "nvrtcGetNumSupportedArchs", out var countCall)
            || ((delegate* unmanaged<int*, int>)countCall)(&count) != 0)
        {
            reason = $"{location} is too old: NVRTC 11.2 or later is needed";
            return null;
        }

        var capabilities = new int[count];
        fixed (int* at = capabilities)
        {
            _ = ((delegate* unmanaged<int*, int>)NativeLibrary.GetExport(library, "nvrtcGetSupportedArchs"))(at);
        }

        reason = "";
        return new NvrtcCompiler(library, location, $"{major}.{minor}", [.. capabilities.Select(c => $"sm_{c}")], Includes(location));
    }

    private static IEnumerable<string> Candidates()
    {
        var folders = KernelCompilers.ToolkitFolders().Select(f => Path.Combine(f, OperatingSystem.IsWindows() ? "bin" : "lib64"));
        if (Environment.GetEnvironmentVariable("YOSO_LIBTORCH") is { Length: > 0 } torch)
        {
            // site-packages/torch/lib: NVIDIA's packages lie beside torch.
            var packages = Path.Combine(torch, "..", "..", "nvidia");
            folders = folders.Append(torch).Append(Path.Combine(packages, "cu13", "lib")).Append(Path.Combine(packages, "cuda_nvrtc", "lib"));
        }

        return Names.Concat(folders.SelectMany(f => Names.Select(n => Path.Combine(f, n))).Where(File.Exists));
    }

    /// <summary>cuda_fp16.h and its like, which NVRTC does not bring along.</summary>
    private static string[] Includes(string location)
    {
        var folders = KernelCompilers.ToolkitFolders().Select(f => Path.Combine(f, "include"));
        if (Path.GetDirectoryName(location) is { Length: > 0 } folder)
        {
            folders = folders.Prepend(Path.GetFullPath(Path.Combine(folder, "..", "include")));
        }

        return [.. folders.Append("/usr/include").Where(f => File.Exists(Path.Combine(f, "cuda_fp16.h"))).Take(1)];
    }

    private nint Export(string name) => NativeLibrary.GetExport(_library, name);

    private void Check(int code, string call)
    {
        if (code != 0)
        {
            throw new KernelCompilationException($"{call} of {Location} fails: {Error(code)}");
        }
    }

    private string Error(int code) => Marshal.PtrToStringUTF8((nint)((delegate* unmanaged<int, byte*>)Export("nvrtcGetErrorString"))(code)) ?? $"error {code}";

    /// <summary>An array of zero-terminated UTF-8 strings in native memory.</summary>
    private sealed class Utf8Strings : IDisposable
    {
        private readonly int _count;

        public Utf8Strings(IEnumerable<string> texts)
        {
            string[] all = [.. texts];
            _count = all.Length;
            Pointers = (byte**)NativeMemory.AllocZeroed((nuint)Math.Max(1, _count), (nuint)sizeof(byte*));
            for (var i = 0; i < _count; i++)
            {
                Pointers[i] = (byte*)Marshal.StringToCoTaskMemUTF8(all[i]);
            }
        }

        public byte** Pointers { get; }

        public void Dispose()
        {
            for (var i = 0; i < _count; i++)
            {
                Marshal.FreeCoTaskMem((nint)Pointers[i]);
            }

            NativeMemory.Free(Pointers);
        }
    }
}
