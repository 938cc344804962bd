// SPDX-License-Identifier: MIT
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Yoso.Reports.Records;

/// <summary>Reads and writes run.json, and reads the records of measurements.</summary>
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
    public static RunRecord? TryRead(string path, out string? problem) => TryRead<RunRecord>(path, r => r.SchemaVersion, RunRecord.CurrentSchemaVersion, out problem);

    public static EfficiencyRecord? TryReadEfficiency(string path, out string? problem) => TryRead<EfficiencyRecord>(path, r => r.SchemaVersion, EfficiencyRecord.CurrentSchemaVersion, out problem);

    public static ApproximationRecord? TryReadApproximation(string path, out string? problem) => TryRead<ApproximationRecord>(path, r => r.SchemaVersion, ApproximationRecord.CurrentSchemaVersion, out problem);

    private static T? TryRead<T>(string path, Func<T, int> schema, int current, out string? problem)
        where T : class
    {
        try
        {
            var record = JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), Options);
            problem = record is null ? $"{path}: empty record" : schema(record) > current ? $"{path}: schema {schema(record)} is newer than this program's {current}" : null;
            return problem is null ? record : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            problem = $"{path}: {e.Message}";
            return null;
        }
    }
}
