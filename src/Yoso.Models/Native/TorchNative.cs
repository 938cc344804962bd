// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Security.Cryptography;

namespace Yoso.Models.Native;

/// <summary>
/// Lets TorchSharp start from the package cache, and where libstdc++ is older than the GLIBCXX_3.4.32 that its library was
/// linked against (Debian 12, Ubuntu 22.04).
/// </summary>
/// <remarks>
/// The one symbol of that version, ios_base_library_init, is never called, so the requirement may be weak: the 2.4 MB
/// libLibTorchSharp.so is copied to the user's cache with that flag set. libtorch itself is used where it lies.
/// </remarks>
public static class TorchNative
{
    private const string Library = "libLibTorchSharp.so";
    private static readonly Lock Gate = new();
    private static IntPtr _handle;
    private static int _installed;
    private static string? _source;

    /// <summary>Versions of TorchSharp and libtorch, the same on every machine for the same build.</summary>
    public static string Version
    {
        get
        {
            var torchSharp = typeof(TorchSharp.torch).Assembly.GetName().Version;
            return $"TorchSharp {torchSharp?.ToString(3)}, libtorch {TorchSharp.torch.__version__}";
        }
    }

    /// <summary>Where the libraries came from; meaningful once torch has been used.</summary>
    public static string Description
    {
        get
        {
            lock (Gate)
            {
                return _source ?? "loaded by the system's ordinary search";
            }
        }
    }

    /// <summary>
    /// Must run before the first use of torch in a process. Assemblies that use Yoso.Models first need not call it; a
    /// program or test that may touch torch before calls it from its own module initializer.
    /// </summary>
#pragma warning disable CA2255 // TorchSharp looks for its library in a static constructor: nothing later is early enough.
    [ModuleInitializer]
#pragma warning restore CA2255
    public static void Install()
    {
        if (!OperatingSystem.IsLinux() || Interlocked.Exchange(ref _installed, 1) != 0)
        {
            return;
        }

        LetWaitingThreadsSleep();
        if (Environment.GetEnvironmentVariable("YOSO_LIBTORCH") is { Length: > 0 } chosen && Holds(chosen, "libtorch_cpu.so"))
        {
            // A library that is loaded already serves every later request for its name.
            LoadLibTorch(chosen);
        }

        // Raised only after the ordinary search failed, so nothing changes on systems where that works.
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += static (_, name) => name == "LibTorchSharp" ? Resolve() : IntPtr.Zero;
    }

    /// <summary>
    /// OpenMP's threads spin while they wait for each other. Where other programs use the cores too, that made a step of 175
    /// tokens 20 times slower (2 cores, load 6). Settings made by the user stay.
    /// </summary>
    private static void LetWaitingThreadsSleep()
    {
        // libgomp reads the C environment when it is loaded; .NET's own copy does not reach it.
        SetEnvironment("OMP_WAIT_POLICY", "PASSIVE", overwrite: 0);
        SetEnvironment("GOMP_SPINCOUNT", "0", overwrite: 0);
    }

    [DllImport("libc", EntryPoint = "setenv")]
    private static extern int SetEnvironment([MarshalAs(UnmanagedType.LPStr)] string name, [MarshalAs(UnmanagedType.LPStr)] string value, int overwrite);

    private static IntPtr Resolve()
    {
        lock (Gate)
        {
            if (_handle != IntPtr.Zero)
            {
                return _handle;
            }

            var torchFolder = Folders().FirstOrDefault(f => Holds(f, "libtorch_cpu.so")) ?? throw Missing("libtorch_cpu.so");
            var bridge = Path.Combine(Folders().FirstOrDefault(f => Holds(f, Library)) ?? throw Missing(Library), Library);
            LoadLibTorch(torchFolder);
            var image = File.ReadAllBytes(bridge);
            var changed = ElfVersionNeeds.MarkWeak(image, "GLIBCXX_3.4.32"u8);
            _handle = NativeLibrary.Load(changed ? CachedCopy(image) : bridge);
            _source = $"libtorch from {torchFolder}" + (changed ? "; libLibTorchSharp with GLIBCXX_3.4.32 made optional" : "");
            return _handle;
        }
    }

    /// <summary>The bridge's copy lies elsewhere, so its dependencies must be in the process before it is.</summary>
    private static void LoadLibTorch(string folder)
    {
        foreach (var name in (string[])["libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so"])
        {
            if (Holds(folder, name))
            {
                NativeLibrary.Load(Path.Combine(folder, name));
            }
        }
    }

    private static IEnumerable<string> Folders()
    {
        if (Environment.GetEnvironmentVariable("YOSO_LIBTORCH") is { Length: > 0 } chosen)
        {
            yield return Holds(chosen, "libtorch_cpu.so")
                ? chosen
                : throw new DllNotFoundException($"YOSO_LIBTORCH names {chosen}, which holds no libtorch_cpu.so: set it to the lib folder of a libtorch 2.10, or unset it");
        }

        // Written to runtimeconfig.json by Directory.Build.targets: the package cache.
        if (AppContext.GetData("Yoso.LibTorchFolder") is string configured)
        {
            yield return configured;
        }

        foreach (var folder in (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            yield return folder;
        }

        yield return AppContext.BaseDirectory;
        yield return Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native");
    }

    private static DllNotFoundException Missing(string library) =>
        new($"{library} is not in any of {string.Join(", ", Folders().Distinct())}: run 'dotnet restore', or set YOSO_LIBTORCH to the lib folder of a libtorch 2.10");

    private static bool Holds(string folder, string file) => File.Exists(Path.Combine(folder, file));

    /// <summary>Named by its content, so that versions do not meet and a finished file is never written again.</summary>
    private static string CachedCopy(byte[] image)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(image))[..16];
        var folder = Path.Combine(CacheRoot(), "yoso", "native", digest);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            folder = Directory.CreateTempSubdirectory("yoso-native-").FullName;
        }

        var path = Path.Combine(folder, Library);
        if (!File.Exists(path) || !File.ReadAllBytes(path).AsSpan().SequenceEqual(image))
        {
            // Test programs start in parallel: each writes its own file, the last rename wins.
            var partial = $"{path}.{Environment.ProcessId}.partial";
            File.WriteAllBytes(partial, image);
            File.Move(partial, path, overwrite: true);
        }

        return path;
    }

    private static string CacheRoot() =>
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
}
