// SPDX-License-Identifier: MIT
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Yoso.Reports.Records;

/// <summary>Reads and writes run.json.</summary>
public static class RunRecordJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        TypeInfoResolver = new System.Text.Json.Serialization.Metadata.DefaultJsonTypeInfoResolver(),
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    };

    public static string Serialize(RunRecord record) => JsonSerializer.Serialize(record, Options) + "\n";

    /// <summary>Null with the reason in <paramref name="problem"/> when the file is torn, foreign or of a newer schema.</summary>
    public static RunRecord? TryRead(string path, out string? problem)
    {
        try
        {
            var record = JsonSerializer.Deserialize<RunRecord>(File.ReadAllBytes(path), Options);
            problem = record switch
            {
                null => $"{path}: empty record",
                { SchemaVersion: > RunRecord.CurrentSchemaVersion } => $"{path}: schema {record.SchemaVersion} is newer than this program's {RunRecord.CurrentSchemaVersion}",
                _ => null,
            };
            return problem is null ? record : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            problem = $"{path}: {e.Message}";
            return null;
        }
    }
}
