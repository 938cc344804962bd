// SPDX-License-Identifier: MIT
using System.Buffers.Binary;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Yoso.Experiments.Training;

/// <summary>Writes weights as safetensors (huggingface/safetensors): 8 bytes of header length, JSON header, raw little-endian values.</summary>
internal static class SafeTensors
{
    public static void Write(Stream stream, nn.Module model)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var tensors = model.state_dict().OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => (p.Key, Value: p.Value.detach().cpu().contiguous())).ToArray();
        var header = new JsonObject();
        long offset = 0;
        foreach (var (name, value) in tensors)
        {
            if (value.dtype != ScalarType.Float32)
            {
                throw new NotSupportedException($"'{name}' is {value.dtype}; weights are written as float32");
            }

            var end = offset + value.numel() * sizeof(float);
            header[name] = new JsonObject
            {
                ["dtype"] = "F32",
                ["shape"] = new JsonArray([.. value.shape.Select(n => (JsonNode)n)]),
                ["data_offsets"] = new JsonArray(offset, end),
            };
            offset = end;
        }

        // The format asks for a header padded with spaces so that values are aligned to 8 bytes.
        var json = header.ToJsonString();
        var bytes = System.Text.Encoding.UTF8.GetBytes(json.PadRight((json.Length + 7) / 8 * 8));
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)bytes.Length);
        stream.Write(length);
        stream.Write(bytes);
        foreach (var (_, value) in tensors)
        {
            stream.Write(value.bytes);
        }
    }
}
