// SPDX-License-Identifier: MIT
using System.Buffers;
using System.Text;

namespace Yoso.Data.Text;

/// <summary>How texts become ids in Long Range Arena's byte-level tasks.</summary>
public sealed record ByteTextOptions
{
    /// <summary>Bytes kept of a text; the rest is dropped.</summary>
    public int MaxBytes { get; init; } = 4000;

    /// <summary>What the model sees: upstream appends 96 zeros to 4000 bytes.</summary>
    public int PaddedLength { get; init; } = 4096;

    /// <summary>Problems in words; empty where the options can be used.</summary>
    public IEnumerable<string> Problems()
    {
        if (MaxBytes is < 1 or > 1 << 20) yield return $"MaxBytes is {MaxBytes}, allowed: 1 to {1 << 20}";
        if (PaddedLength < MaxBytes) yield return $"PaddedLength is {PaddedLength}, a text may have {MaxBytes} bytes";
    }

    internal SequenceShape Shape(int sequences) => new(sequences, PaddedLength, ByteText.VocabularySize, 2);

    internal void Check()
    {
        if (Problems().FirstOrDefault() is { } problem) throw new ArgumentException(problem);
    }
}

/// <summary>UTF-8 bytes as ids: byte + 1, so that 0 stays free for padding.</summary>
public static class ByteText
{
    /// <summary>Rows of upstream's embedding table; ids above 256 do not occur.</summary>
    public const int VocabularySize = 512;

    /// <summary>Ids of the first <paramref name="maxBytes"/> bytes; a character may be cut in two, as upstream does.</summary>
    public static ushort[] Encode(ReadOnlySpan<byte> text, int maxBytes)
    {
        var ids = new ushort[Math.Min(text.Length, maxBytes)];
        for (var i = 0; i < ids.Length; i++) ids[i] = (ushort)(text[i] + 1);
        return ids;
    }

    /// <summary>The text of ids, with a replacement character where one was cut; padding is skipped.</summary>
    public static string Decode(ReadOnlySpan<ushort> ids)
    {
        var bytes = new byte[ids.Length];
        var length = 0;
        foreach (var id in ids)
        {
            if (id is > 0 and <= 256) bytes[length++] = (byte)(id - 1);
        }
        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    /// <summary>Position of the first byte that is not UTF-8, or -1.</summary>
    internal static int FirstInvalid(ReadOnlySpan<byte> text)
    {
        if (System.Text.Unicode.Utf8.IsValid(text)) return -1;
        var at = 0;
        while (Rune.DecodeFromUtf8(text[at..], out _, out var length) == OperationStatus.Done) at += length;
        return at;
    }
}
