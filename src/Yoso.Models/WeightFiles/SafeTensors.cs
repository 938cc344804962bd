// SPDX-License-Identifier: MIT
using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Yoso.Models.WeightFiles;

/// <summary>A tensor to be written: its values are asked for when their turn comes and disposed of by the writer.</summary>
public sealed record TensorToWrite(string Name, IReadOnlyList<long> Shape, Func<Tensor> Values);

/// <summary>Writes weights as safetensors (huggingface/safetensors): 8 bytes of header length, JSON header, raw little-endian float32 values.</summary>
public static class SafeTensors
{
    private const int ChunkElements = 16 << 20;

    /// <summary>The whole state dict of a model, in the order of its names.</summary>
    public static void Write(Stream stream, nn.Module model)
    {
        var state = model.state_dict();
        Write(stream, state.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => new TensorToWrite(p.Key, p.Value.shape, () => p.Value.detach())), null);
    }

    /// <param name="metadata">Text beside the weights; null for none.</param>
    /// <exception cref="ArgumentException">A tensor is not float32 or not of the shape it was announced with.</exception>
    public static void Write(Stream stream, IEnumerable<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var _ = no_grad();
        var all = tensors.ToArray();
        stream.Write(Header(all, metadata));
        foreach (var tensor in all)
        {
            using var scope = NewDisposeScope();
            using var values = tensor.Values();
            if (values.dtype != ScalarType.Float32 || !values.shape.SequenceEqual(tensor.Shape))
            {
                throw new ArgumentException($"'{tensor.Name}' is {values.dtype} [{string.Join(", ", values.shape)}]; weights are written as Float32 [{string.Join(", ", tensor.Shape)}]", nameof(tensors));
            }
            var flat = values.cpu().contiguous().view(-1);
            for (long start = 0; start < flat.shape[0]; start += ChunkElements)
            {
                stream.Write(flat.slice(0, start, Math.Min(start + ChunkElements, flat.shape[0]), 1).bytes);
            }
        }
    }

    private static byte[] Header(TensorToWrite[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var header = new JsonObject();
        if (metadata is not null) header["__metadata__"] = new JsonObject(metadata.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value)));
        long offset = 0;
        foreach (var tensor in tensors)
        {
            var end = offset + tensor.Shape.Aggregate(1L, (a, b) => a * b) * sizeof(float);
            header[tensor.Name] = new JsonObject
            {
                ["dtype"] = "F32",
                ["shape"] = new JsonArray([.. tensor.Shape.Select(n => (JsonNode)n)]),
                ["data_offsets"] = new JsonArray(offset, end),
            };
            offset = end;
        }
        // The format asks for a header padded with spaces so that values are aligned to 8 bytes.
        var json = Encoding.UTF8.GetBytes(header.ToJsonString());
        var bytes = new byte[8 + (json.Length + 7) / 8 * 8];
        bytes.AsSpan().Fill((byte)' ');
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)(bytes.Length - 8));
        json.CopyTo(bytes, 8);
        return bytes;
    }
}
