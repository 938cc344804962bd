// SPDX-License-Identifier: MIT
using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Yoso.Models.Tests.WeightFiles;

/// <summary>Writes pickles opcode by opcode, honest and hostile ones, and the files around them.</summary>
internal sealed class PickleBytes
{
    private readonly MemoryStream _bytes = new();

    public PickleBytes() => Raw(0x80, 2);

    public byte[] Stop() => [.. _bytes.ToArray(), (byte)'.'];

    public PickleBytes Raw(params byte[] bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public PickleBytes Op(char opcode) => Raw((byte)opcode);

    public PickleBytes Global(string module, string name) => Raw(Encoding.UTF8.GetBytes($"c{module}\n{name}\n"));

    public PickleBytes Text(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        return Op('X').Raw(Little(utf8.Length)).Raw(utf8);
    }

    public PickleBytes Number(long value)
    {
        if (value is >= int.MinValue and <= int.MaxValue) return Op('J').Raw(Little((int)value));
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Raw([0x8a, 8, .. bytes]);
    }

    public PickleBytes Numbers(params long[] values)
    {
        Op('(');
        foreach (var value in values) Number(value);
        return Op('t');
    }

    /// <summary>torch._utils._rebuild_tensor_v2 of a storage, called.</summary>
    public PickleBytes Tensor(string key, string storage, long count, long offset, long[] shape, long[] strides) => Global("torch._utils", "_rebuild_tensor_v2")
        .Op('(').Op('(').Text("storage").Global("torch", storage).Text(key).Text("cpu").Number(count).Op('t').Op('Q')
        .Number(offset).Numbers(shape).Numbers(strides).Raw(0x89).Global("collections", "OrderedDict").Op(')').Op('R').Op('t').Op('R');

    /// <summary>{"w": tensor}, the smallest state dict.</summary>
    public static byte[] StateDict(string key, string storage, long count, long offset, long[] shape, long[] strides) =>
        new PickleBytes().Op('}').Text("w").Tensor(key, storage, count, offset, shape, strides).Op('s').Stop();

    public static byte[] Zip(params (string Name, byte[] Content)[] records) => Zip(CompressionLevel.NoCompression, records);

    public static byte[] Zip(CompressionLevel level, params (string Name, byte[] Content)[] records)
    {
        var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in records)
            {
                using var stream = zip.CreateEntry(name, level).Open();
                stream.Write(content);
            }
        }
        return file.ToArray();
    }

    private static byte[] Little(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }
}
