// SPDX-License-Identifier: MIT
using System.Buffers;

namespace Yoso.Cpu;

/// <summary>
/// The codes of all tokens of one side (queries or keys): for every work item m rows of 16-bit codes. Made by
/// <see cref="HadamardHash"/>, kept for the backward pass, given back by <see cref="Dispose"/>.
/// </summary>
public sealed class HashCodes : IDisposable
{
    private readonly long[] _itemStart;
    private ushort[]? _codes;

    /// <summary>Room for the codes of <paramref name="shape"/>.</summary>
    public HashCodes(PackedShape shape, LshOptions options)
    {
        options.Check();
        Shape = shape;
        Options = options;
        _itemStart = new long[shape.Items + 1];
        for (var item = 0; item < shape.Items; item++)
        {
            _itemStart[item + 1] = _itemStart[item] + ((long)Stride(shape.Length(item)) * options.HashCount);
        }

        if (_itemStart[^1] > Array.MaxLength)
        {
            throw new ArgumentException($"{options} of {shape} needs {_itemStart[^1]} codes, more than one buffer holds; split the batch.");
        }

        _codes = ArrayPool<ushort>.Shared.Rent((int)_itemStart[^1]);
    }

    public PackedShape Shape { get; }

    public LshOptions Options { get; }

    internal ushort[] Buffer => _codes ?? throw new ObjectDisposedException(nameof(HashCodes));

    /// <summary>The codes of hash <paramref name="hash"/> for the tokens of one work item.</summary>
    public ReadOnlySpan<ushort> Codes(int item, int hash) =>
        Buffer.AsSpan((int)Start(item) + (hash * Stride(Shape.Length(item))), Shape.Length(item));

    public void Dispose()
    {
        if (_codes is { } codes)
        {
            _codes = null;
            ArrayPool<ushort>.Shared.Return(codes);
        }
    }

    internal long Start(int item) => _itemStart[item];

    /// <summary>
    /// Codes from one hash to the next: whole registers can be stored past the last token, and a power of two, whose rows
    /// would meet in the same cache sets, is avoided.
    /// </summary>
    internal static int Stride(int length) => ((length + 31) & ~31) + 32;

    internal void Check(PackedShape shape, LshOptions options, string name)
    {
        if (!Shape.SameAs(shape) || Options != options)
        {
            throw new ArgumentException($"{name} codes are of {Shape} with {Options}; expected {shape} with {options}.");
        }
    }
}
