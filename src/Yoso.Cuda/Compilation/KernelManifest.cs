// SPDX-License-Identifier: MIT
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Yoso.Cuda.Compilation;

/// <summary>What one kernel takes of a multiprocessor.</summary>
/// <param name="Name">The kernel's C name.</param>
/// <param name="Registers">Registers a thread.</param>
/// <param name="SharedBytes">Shared memory that the kernel declares, a block; what a launch adds is not in it.</param>
/// <param name="StackBytes">Local memory a thread: arrays that are indexed by variables, and spills.</param>
/// <param name="SpillBytes">Registers written to and read from local memory for want of room; null where the compiler did not say.</param>
public sealed record KernelResources(string Name, int Registers, int SharedBytes, int StackBytes, int? SpillBytes);

/// <summary>One compiled unit.</summary>
/// <param name="Source">Source file without ".cu".</param>
/// <param name="Width">Row width that it is compiled for.</param>
/// <param name="Target">"sm_90" for a cubin, "compute_80" for PTX.</param>
/// <param name="Key">SHA-256 of sources, options and compiler version: the name under which it is cached.</param>
/// <param name="File">File name beside the manifest.</param>
/// <param name="Sha256">Of that file.</param>
/// <param name="Kernels">Empty for PTX, which becomes machine code only in the driver.</param>
public sealed record CompiledUnit(string Source, int Width, string Target, string Key, string File, string Sha256, KernelResources[] Kernels)
{
    [JsonIgnore]
    public KernelUnit Unit => new(Source, Width);
}

/// <summary>The kernels that were compiled, by what and for what.</summary>
/// <param name="Schema">Version of this format.</param>
/// <param name="SourceDigest">Of all sources; a program whose own differs must not load these files.</param>
/// <param name="Compiler">Name and version.</param>
/// <param name="Options">Compiler options, without the target.</param>
/// <param name="Units">In order of unit and target.</param>
public sealed record KernelManifest(int Schema, string SourceDigest, string Compiler, string Options, CompiledUnit[] Units)
{
    public const int CurrentSchema = 1;
    public const string FileName = "manifest.json";

    // '+' as it is: options and versions are read by people.
    private static readonly ManifestJson Json = new(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The manifest as it is written: JSON with a line for each compiled file.</summary>
    public string ToJson()
    {
        var head = JsonSerializer.Serialize(this with { Units = [] }, Json.KernelManifest);
        var lines = Units.Select(u => "  " + JsonSerializer.Serialize(u, Json.CompiledUnit));
        return $"{head[..head.LastIndexOf("[]", StringComparison.Ordinal)].Replace(",\"", ",\n\"", StringComparison.Ordinal)}[\n{string.Join(",\n", lines)}\n]}}\n";
    }

    /// <exception cref="InvalidDataException">Not a manifest of this schema; one line names <paramref name="origin"/>.</exception>
    public static KernelManifest Parse(ReadOnlySpan<byte> json, string origin)
    {
        try
        {
            return JsonSerializer.Deserialize(json, ManifestJson.Default.KernelManifest) is { Schema: CurrentSchema, Units: not null } manifest
                ? manifest
                : throw new InvalidDataException($"{origin} is of another version: run ./build.sh CompileKernels");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{origin} is not a kernel manifest ({e.Message.Split('.')[0]}): run ./build.sh CompileKernels");
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(KernelManifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;
