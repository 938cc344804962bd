// SPDX-License-Identifier: MIT
using Yoso.Cuda.Compilation;

namespace Yoso.Cuda;

/// <summary>Where a program finds its compiled kernels; compiles those that are missing for a GPU.</summary>
public static class KernelLibrary
{
    /// <summary>YOSO_KERNELS, else the folder kernels beside the program where there is one, else artifacts/kernels.</summary>
    public static string Folder =>
        Environment.GetEnvironmentVariable("YOSO_KERNELS") is { Length: > 0 } chosen ? chosen
        : File.Exists(Path.Combine(AppContext.BaseDirectory, "kernels", KernelManifest.FileName)) ? Path.Combine(AppContext.BaseDirectory, "kernels")
        : Path.Combine("artifacts", "kernels");

    /// <summary>
    /// The kernels of this program for one architecture: those in <paramref name="folder"/>, or compiled into it now, which takes half a
    /// minute once. <paramref name="report"/> hears what is done.
    /// </summary>
    /// <exception cref="InvalidDataException">Not there, and no compiler; one line says what to install or run.</exception>
    /// <exception cref="KernelCompilationException">A source does not compile.</exception>
    public static KernelImages Open(string folder, int capability, Action<string> report) => Open(folder, capability, KernelSources.Embedded, () => KernelCompilers.Find("auto", out _), report);

    internal static KernelImages Open(string folder, int capability, KernelSources sources, Func<IKernelCompiler?> compiler, Action<string> report)
    {
        InvalidDataException reason;
        try
        {
            var images = KernelImages.FromFolder(folder, sources);
            if (images.Serves(sources, capability))
            {
                return images;
            }

            reason = new InvalidDataException($"{folder} has no kernels for sm_{capability} ({images.Description}): run ./build.sh CompileKernels");
        }
        catch (InvalidDataException e)
        {
            reason = e;
        }

        if (compiler() is not { } found)
        {
            throw new InvalidDataException($"{reason.Message} on a machine with the CUDA toolkit; this one has no CUDA compiler", reason);
        }

        report($"compiling the CUDA kernels for sm_{capability} with {found.Version} into {folder}");
        var target = found.Architectures.Contains($"sm_{capability}") ? new KernelTarget(capability, IsPtx: false) : new KernelTarget(KernelCompilers.PtxCapability, IsPtx: true);
        new KernelBuild(sources, found, folder).Run([target]);
        return KernelImages.FromFolder(folder, sources);
    }
}
