// SPDX-License-Identifier: MIT
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Yoso.Data;

/// <summary>Where a data set comes from, which decides what its numbers may be compared with.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DataKind>))]
public enum DataKind
{
    /// <summary>The benchmark's own files.</summary>
    [JsonStringEnumMemberName("original")] Original,
    /// <summary>Other openly licensed data in the same layout.</summary>
    [JsonStringEnumMemberName("sample")] Sample,
    /// <summary>Made by this project's generator after the published rules.</summary>
    [JsonStringEnumMemberName("generated")] Generated,
}

/// <summary>A file that a data set was made of.</summary>
public sealed record DataSourceFile(string Name, long Bytes, string Sha256);

/// <summary>manifest.json of a prepared data set.</summary>
public sealed record DataManifest
{
    public const int CurrentSchema = 1;
    public const string FileName = "manifest.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public int SchemaVersion { get; init; } = CurrentSchema;

    /// <summary>listops, text, retrieval, image or pathfinder.</summary>
    public required string Name { get; init; }

    public required DataKind Kind { get; init; }

    /// <summary>SHA-256 over the digests of the three splits.</summary>
    public string Digest { get; init; } = "";

    /// <summary>SPDX expression, or the terms in words.</summary>
    public required string Licence { get; init; }

    /// <summary>Who made the data and where it was taken from.</summary>
    public required string Source { get; init; }

    /// <summary>Deviations a reader of the numbers must know; null if none.</summary>
    public string? Note { get; init; }

    /// <summary>The generator's options, where there was one.</summary>
    public JsonElement? Options { get; init; }

    /// <summary>The files read, where the data is not generated.</summary>
    public IReadOnlyList<DataSourceFile>? Files { get; init; }

    public int TrainCount { get; init; }

    public int DevCount { get; init; }

    public int TestCount { get; init; }

    /// <summary>The digest over three splits.</summary>
    public static string DigestOf(SequenceDataset train, SequenceDataset dev, SequenceDataset test) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.ASCII.GetBytes($"train {train.Digest}\ndev {dev.Digest}\ntest {test.Digest}\n")));

    internal static JsonElement OptionsOf<T>(T options) => JsonSerializer.SerializeToElement(options, Json);

    internal void Save(string path)
    {
        File.WriteAllText(path + ".partial", JsonSerializer.Serialize(this, Json) + "\n");
        File.Move(path + ".partial", path, overwrite: true);
    }

    internal static DataManifest Load(string path)
    {
        if (!File.Exists(path)) throw new DataFormatException($"{path} does not exist; prepare the data set first");
        try
        {
            var manifest = JsonSerializer.Deserialize<DataManifest>(File.ReadAllText(path), Json)
                ?? throw new DataFormatException($"{path} is empty; delete its folder and prepare the data again");
            return manifest.SchemaVersion == CurrentSchema
                ? manifest
                : throw new DataFormatException(
                    $"{path} has schema version {manifest.SchemaVersion}, this program reads {CurrentSchema}; delete its folder and prepare the data again");
        }
        catch (JsonException e)
        {
            throw new DataFormatException($"{path} is not a valid manifest; delete its folder and prepare the data again", e);
        }
    }
}
