// SPDX-License-Identifier: MIT
using System.Text.Json.Nodes;
using System.Text.Json.Schema;

namespace Yoso.Reports.Records;

/// <summary>The JSON schema of run.json, published as docs/run-record.schema.json.</summary>
public static class RunRecordSchema
{
    public static string Text()
    {
        var schema = (JsonObject)RunRecordJson.Options.GetJsonSchemaAsNode(typeof(RunRecord), new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true });
        var document = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = $"run.json, schema version {RunRecord.CurrentSchemaVersion}",
        };
        foreach (var (name, value) in schema)
        {
            document[name] = value?.DeepClone();
        }

        return document.ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true }) + "\n";
    }
}
