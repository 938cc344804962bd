// SPDX-License-Identifier: MIT
using Yoso.Cpu.Hashing;
using Yoso.Cpu.Simd;

namespace Yoso.Cpu;

/// <summary>
/// Hash codes by random rotations: three rounds of (random sign flip, Hadamard transform) of the head dimension, padded with
/// zeros to a power of two from 32, then the sign of each coordinate (set when above zero).
/// </summary>
/// <remarks>
/// Codes are the same bits on every machine: only additions and sign flips in one fixed order. The length of a vector does
/// not matter. A zero vector has code 0 in every hash; so has a vector with a NaN or an infinity, or so long that its
/// rotation overflows: every rotated coordinate is then zero or NaN, and neither is above zero.
/// </remarks>
public static class HadamardHash
{
    /// <summary>Random rotations that <paramref name="options"/> need.</summary>
    public static int Rotations(int headDim, LshOptions options)
    {
        options.Check();
        return HashPlan.CountRotations(HashPlan.PaddedWidth(headDim), options);
    }

    /// <summary>32-bit words of random signs for one work item: rotations x 3 rounds x padded width / 32.</summary>
    public static int SignWords(int headDim, LshOptions options) =>
        Rotations(headDim, options) * HashPlan.Rounds * HashPlan.PaddedWidth(headDim) / 32;

    /// <summary>Hashes all rows of <paramref name="vectors"/> into <paramref name="codes"/>.</summary>
    /// <param name="vectors">[T, H, D] queries or keys.</param>
    /// <param name="signs">
    /// Random bits, <see cref="SignWords"/> words an item, item after item; the same ones for queries and keys. In an item,
    /// bit c % 32 of word ((rotation * 3 + round) * width + c) / 32 set means: coordinate c changes its sign in that round.
    /// </param>
    /// <param name="codes">Receives the codes; its shape and options say what is computed.</param>
    /// <param name="threads">Workers, from 1; the codes do not depend on it.</param>
    /// <exception cref="ArgumentException">Too few or too many signs, or a row stride that is too small.</exception>
    public static void Hash(HeadTensor vectors, ReadOnlySpan<uint> signs, HashCodes codes, int threads) =>
        Hash(vectors, signs, codes, threads, CpuKernels.Path);

    internal static unsafe void Hash(HeadTensor vectors, ReadOnlySpan<uint> signs, HashCodes codes, int threads, SimdPath path)
    {
        var shape = codes.Shape;
        vectors.Check(shape, "Hash input");
        var words = CheckSigns(signs, shape, codes.Options);
        var plan = new HashPlan(shape.HeadDim, codes.Options);
        fixed (uint* signsAt = signs)
        fixed (ushort* codesAt = codes.Buffer)
        {
            var (signBase, codeBase) = ((nint)signsAt, (nint)codesAt);
            WorkItems.Run(shape.Order, threads, (item, scratch) =>
            {
                var target = new CodeRows((ushort*)codeBase + codes.Start(item), HashCodes.Stride(shape.Length(item)));
                HashItem(plan, vectors.Item(shape, item), default, shape.HeadDim, shape.Length(item), (uint*)signBase + ((long)item * words), target, scratch, path);
            });
        }
    }

    /// <summary>Words of one work item.</summary>
    internal static int CheckSigns(ReadOnlySpan<uint> signs, PackedShape shape, LshOptions options)
    {
        var words = SignWords(shape.HeadDim, options);
        return signs.Length == (long)words * shape.Items
            ? words
            : throw new ArgumentException($"{options} of {shape} needs {words} sign words for each of {shape.Items} items; got {signs.Length} words.");
    }

    internal static unsafe void HashItem(HashPlan plan, HeadRows rows, UnitTarget unit, int headDim, int length, uint* signs, CodeRows codes, Scratch scratch, SimdPath path)
    {
        switch (path)
        {
            case SimdPath.Vector512:
                new HadamardKernel<Simd512>(plan, headDim, signs, scratch).Run(rows, unit, length, codes);
                break;
            case SimdPath.Vector256:
                new HadamardKernel<Simd256>(plan, headDim, signs, scratch).Run(rows, unit, length, codes);
                break;
            default:
                new HadamardKernel<Simd128>(plan, headDim, signs, scratch).Run(rows, unit, length, codes);
                break;
        }
    }
}

/// <summary>Codes of one work item: hash h of token t at Data[h * Stride + t].</summary>
internal readonly unsafe struct CodeRows(ushort* data, int stride)
{
    public ushort* Data { get; } = data;

    public int Stride { get; } = stride;

    public ushort* this[int hash] => Data + ((long)hash * Stride);

    /// <summary>The same rows from a later token on.</summary>
    public CodeRows From(int token) => new(Data + token, Stride);
}
