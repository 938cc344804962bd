// SPDX-License-Identifier: MIT
using System.Buffers.Binary;

namespace Yoso.Models.Native;

/// <summary>Edits the version requirements (section .gnu.version_r) of a little-endian ELF64 library held in memory.</summary>
/// <remarks>Layout: System V gABI, "Section Headers"; Linux Standard Base 5.0, "Symbol Versioning".</remarks>
internal static class ElfVersionNeeds
{
    private const uint SectionTypeVersionNeeds = 0x6ffffffe;
    private const ushort FlagWeak = 2;

    /// <summary>
    /// Marks the requirement of <paramref name="version"/> weak: the dynamic linker then loads the library although no
    /// dependency defines that version. Safe only where no symbol of that version is ever called.
    /// </summary>
    /// <returns>Whether the library asks for that version.</returns>
    public static bool MarkWeak(Span<byte> image, ReadOnlySpan<byte> version)
    {
        ReadOnlySpan<byte> magic = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1];
        if (image.Length < 64 || !image[..6].SequenceEqual(magic))
        {
            return false;
        }

        var sections = Long(image, 0x28);
        int size = Short(image, 0x3a), count = Short(image, 0x3c);
        var marked = false;
        for (var i = 0; i < count; i++)
        {
            var section = image.Slice(checked((int)(sections + i * size)), size);
            if (Word(section, 4) == SectionTypeVersionNeeds)
            {
                var strings = Long(image, (int)(sections + Word(section, 40) * size + 24));
                marked |= MarkSection(image, (int)Long(section, 24), (int)Word(section, 44), (int)strings, version);
            }
        }

        return marked;
    }

    private static bool MarkSection(Span<byte> image, int library, int libraries, int strings, ReadOnlySpan<byte> version)
    {
        var marked = false;
        for (; libraries > 0; libraries--)
        {
            var entry = library + (int)Word(image, library + 8);
            for (int entries = Short(image, library + 2); entries > 0; entries--)
            {
                var name = image[(strings + (int)Word(image, entry + 8))..];
                if (name.StartsWith(version) && name[version.Length] == 0)
                {
                    var flags = image[(entry + 4)..];
                    BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(flags) | FlagWeak));
                    marked = true;
                }

                entry += (int)Word(image, entry + 12);
            }

            library += (int)Word(image, library + 12);
        }

        return marked;
    }

    private static long Long(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);

    private static uint Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static ushort Short(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
}
