// SPDX-License-Identifier: MIT
using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using Docker.DotNet.Models;

namespace Executors;

/// <summary>Builds the project's image from docker/*.Dockerfile and shows what the engine says while it does.</summary>
/// <param name="program">yoso.dll, which compiles the kernels in the CUDA image; the CPU image needs none.</param>
internal sealed class ImageBuild(DockerEngine engine, string root, string? program, Action<string> show)
{
    /// <summary>Label of an image: digest of the Dockerfile and files it was built from.</summary>
    public const string SourceLabel = "yoso.source";

    /// <summary>Further arguments of the Dockerfile.</summary>
    public IReadOnlyDictionary<string, string> Arguments { get; init; } = new Dictionary<string, string>();

    /// <summary>The image's usual name.</summary>
    public static string Name(string device) => device == "cuda" ? "yoso-cuda" : "yoso-cpu";

    /// <summary>Returns the id of the image.</summary>
    /// <param name="baseImage">Null: the one that the Dockerfile names.</param>
    public async Task<string> Run(string device, string image, string? baseImage, CancellationToken cancellationToken)
    {
        var files = Context(device);
        using var context = new MemoryStream();
        await Pack([.. files.Select(f => (f, Path.Combine(root, f))), .. device == "cuda" ? ProgramFiles() : []], context, cancellationToken);
        var problem = new FirstError();
        var parameters = new ImageBuildParameters
        {
            Dockerfile = files[0],
            Tags = [image],
            BuildArgs = BuildArguments(device, baseImage),
            Labels = new Dictionary<string, string> { [SourceLabel] = SourceDigest(device) },
            Remove = true,
            ForceRemove = true,
        };
        try
        {
            await engine.Client.Images.BuildImageFromDockerfileAsync(parameters, context, [], new Dictionary<string, string>(), new BuildMessages(show, problem), cancellationToken);
        }
        catch (Exception e) when (DockerErrors.IsDocker(e))
        {
            throw BaseProblem(e.Message, baseImage) is { } line ? new ExecutorFailure(line, e) : DockerErrors.Failure(e, engine.Endpoint);
        }

        if (problem.Message is { } message)
        {
            throw new ExecutorFailure(BaseProblem(message, baseImage) ?? DockerErrors.Known(message) ?? $"building {image} failed: {problem.LastLine} ({message.Trim().Split('\n')[0]})");
        }

        return (await engine.FindImage(image, cancellationToken))?.ID ?? throw new ExecutorFailure($"the engine built {image}, but does not find it");
    }

    /// <summary>Whether the image was built from other files than those of this checkout.</summary>
    public bool IsStale(ImageInspectResponse image, string device)
        => image.Config?.Labels is { } labels && labels.TryGetValue(SourceLabel, out var source) && source != SourceDigest(device);

    /// <summary>An image of one's own stands for all that the registries would give.</summary>
    private Dictionary<string, string> BuildArguments(string device, string? baseImage)
    {
        var arguments = Arguments.ToDictionary();
        if (baseImage is not null)
        {
            arguments["BASE"] = baseImage;
            if (device == "cuda")
            {
                arguments["CUDA"] = baseImage;
            }
        }

        return arguments;
    }

    /// <summary>What the image is made of: the Dockerfile, and for CUDA the kernels, which the program has inside.</summary>
    private string[] Context(string device)
    {
        var file = device == "cuda" ? "docker/cuda.Dockerfile" : "docker/cpu.Dockerfile";
        var sources = Path.Combine(root, "src", "Yoso.Cuda", "Kernels");
        return device == "cuda" && Directory.Exists(sources)
            ? [file, .. Directory.GetFiles(sources).Order(StringComparer.Ordinal).Select(f => Path.GetRelativePath(root, f).Replace('\\', '/'))]
            : [file];
    }

    /// <summary>Without native libraries and without what is only for people: megabytes instead of gigabytes.</summary>
    private IEnumerable<(string Name, string File)> ProgramFiles()
    {
        var folder = Path.GetDirectoryName(program ?? throw new ExecutorFailure("the CUDA image needs the program: ./build.sh CompileProgram"))!;
        return Directory.GetFiles(folder).Where(f => Path.GetExtension(f) is ".dll" or ".json").Order(StringComparer.Ordinal).Select(f => ($"program/{Path.GetFileName(f)}", f));
    }

    private string SourceDigest(string device)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in Context(device))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name + "\n"));
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(Path.Combine(root, name))));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    /// <summary>Names, owners and times that do not change, or the engine's cache of layers would never hit.</summary>
    private static async Task Pack((string Name, string File)[] files, MemoryStream stream, CancellationToken cancellationToken)
    {
        await using (var tar = new TarWriter(stream, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var (name, file) in files)
            {
                var entry = new UstarTarEntry(TarEntryType.RegularFile, name)
                {
                    DataStream = new MemoryStream(await File.ReadAllBytesAsync(file, cancellationToken)),
                    ModificationTime = DateTimeOffset.UnixEpoch,
                };
                await tar.WriteEntryAsync(entry, cancellationToken);
            }
        }

        stream.Position = 0;
    }

    /// <summary>A base image that is not there and cannot be pulled ends in words about names, networks or rights.</summary>
    private static string? BaseProblem(string message, string? baseImage)
    {
        string[] signs = ["pull access denied", "manifest unknown", "manifest for", "no such host", "lookup", "connection refused", "i/o timeout", "Client.Timeout", "network is unreachable", "x509", "failed to resolve source metadata", "TLS handshake"];
        return signs.Any(s => message.Contains(s, StringComparison.OrdinalIgnoreCase))
            ? $"the base image{(baseImage is null ? "" : $" {baseImage}")} is not in the engine and cannot be pulled ({message.Trim().Split('\n')[0]}): load one that has .NET 10, or make one with docker/base-image.sh, and name it with --base-image (docs/containers.md)"
            : null;
    }

    private sealed class FirstError
    {
        public string? Message { get; set; }

        /// <summary>What a failed step said itself; the engine's message only repeats the command.</summary>
        public string LastLine { get; set; } = "";
    }

    /// <summary>Build errors arrive as messages, not as exceptions; Progress&lt;T&gt; would reorder them.</summary>
    private sealed class BuildMessages(Action<string> show, FirstError problem) : IProgress<JSONMessage>
    {
        private readonly LineSplitter _lines = new(line =>
        {
            problem.LastLine = line.Trim().Length > 0 ? line.Trim() : problem.LastLine;
            show(line);
        });

        public void Report(JSONMessage value)
        {
            problem.Message ??= value.Error?.Message;
            if (value.Stream is { Length: > 0 } text)
            {
                _lines.Add(Encoding.UTF8.GetBytes(text));
            }
            else if (value.Status is { Length: > 0 } status && value.Progress is null)
            {
                show(value.ID is { Length: > 0 } id ? $"{id}: {status}" : status);
            }
        }
    }
}
