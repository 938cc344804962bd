// SPDX-License-Identifier: MIT
using System.Buffers.Binary;
using System.Text;

namespace Yoso.Cuda.Compilation;

/// <summary>Reads registers, stack and shared memory of each kernel from a cubin, for a compiler that does not report them.</summary>
/// <remarks>
/// A cubin is an ELF64 file. Section .nv.info holds (format, attribute, size, values) records: attribute 0x2f is (symbol, registers),
/// 0x11 (symbol, stack bytes); the size of .nv.shared.NAME is what NAME declares. Spills are not told apart from other stack.
/// </remarks>
internal static class CubinResources
{
    private static ReadOnlySpan<byte> Magic => [0x7f, (byte)'E', (byte)'L', (byte)'F'];

    private const byte FrameSize = 0x11, RegisterCount = 0x2f, SizedValue = 4, NoValue = 1, ByteValue = 2, HalfValue = 3;

    public static KernelResources[] Read(ReadOnlySpan<byte> image)
    {
        var sections = Sections(image);
        var symbols = sections.First(s => s.Name == ".symtab");
        var symbolNames = sections[(int)symbols.Link];
        var registers = new Dictionary<string, int>(StringComparer.Ordinal);
        var stack = new Dictionary<string, int>(StringComparer.Ordinal);
        var info = sections.FirstOrDefault(s => s.Name == ".nv.info");
        var records = info is null ? [] : image.Slice(info.Offset, info.Size);
        for (var at = 0; at + 4 <= records.Length;)
        {
            var (format, attribute) = (records[at], records[at + 1]);
            var size = format == SizedValue ? BinaryPrimitives.ReadUInt16LittleEndian(records[(at + 2)..]) : 0;
            if (format is not (SizedValue or NoValue or ByteValue or HalfValue))
            {
                break;
            }

            if (attribute is FrameSize or RegisterCount && size >= 8)
            {
                var symbol = image.Slice(symbols.Offset + (24 * BinaryPrimitives.ReadInt32LittleEndian(records[(at + 4)..])), 24);
                var name = Text(image, symbolNames.Offset + BinaryPrimitives.ReadInt32LittleEndian(symbol));
                (attribute == RegisterCount ? registers : stack)[name] = BinaryPrimitives.ReadInt32LittleEndian(records[(at + 8)..]);
            }

            at += 4 + size;
        }

        // From sm_90 on the section begins with 1 KiB that the system keeps for itself.
        var reserved = BinaryPrimitives.ReadUInt32LittleEndian(image[0x30..]) % 256 >= 90 ? 1024 : 0;
        return [.. sections.Where(s => s.Name.StartsWith(".text.", StringComparison.Ordinal)).Select(s => s.Name[6..]).Order(StringComparer.Ordinal).Select(name => new KernelResources(
            name,
            registers.GetValueOrDefault(name),
            Math.Max(0, (sections.FirstOrDefault(s => s.Name == ".nv.shared." + name)?.Size ?? 0) - reserved),
            stack.GetValueOrDefault(name),
            stack.GetValueOrDefault(name) == 0 ? 0 : null))];
    }

    private static Section[] Sections(ReadOnlySpan<byte> image)
    {
        if (image.Length < 64 || !image[..4].SequenceEqual(Magic))
        {
            throw new InvalidDataException("not a cubin: no ELF header");
        }

        var start = (int)BinaryPrimitives.ReadInt64LittleEndian(image[0x28..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(image[0x3c..]);
        var names = (int)BinaryPrimitives.ReadInt64LittleEndian(image[(start + (64 * BinaryPrimitives.ReadUInt16LittleEndian(image[0x3e..])) + 24)..]);
        var sections = new Section[count];
        for (var i = 0; i < count; i++)
        {
            var header = image.Slice(start + (64 * i), 64);
            sections[i] = new Section(
                Text(image, names + BinaryPrimitives.ReadInt32LittleEndian(header)),
                (int)BinaryPrimitives.ReadInt64LittleEndian(header[24..]),
                (int)BinaryPrimitives.ReadInt64LittleEndian(header[32..]),
                BinaryPrimitives.ReadUInt32LittleEndian(header[40..]));
        }

        return sections;
    }

    private static string Text(ReadOnlySpan<byte> image, int at)
    {
        var text = image[at..];
        return Encoding.ASCII.GetString(text[..text.IndexOf((byte)0)]);
    }

    private sealed record Section(string Name, int Offset, int Size, uint Link);
}
