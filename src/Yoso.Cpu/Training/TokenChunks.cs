// SPDX-License-Identifier: MIT
namespace Yoso.Cpu;

/// <summary>
/// A fixed partition of T tokens. It depends on T only: weight gradients are summed in a chunk and then over chunks in
/// order, so that they are the same bits for any number of threads.
/// </summary>
internal readonly struct TokenChunks
{
    /// <summary>Tokens that go through a fused kernel together: their rows stay in the first cache.</summary>
    internal const int Block = 64;

    private const int MaxChunks = 32; // each has a gradient buffer

    private readonly int _size;
    private readonly int _tokens;

    private TokenChunks(int tokens)
    {
        _tokens = tokens;
        var perChunk = (tokens + MaxChunks - 1) / MaxChunks;
        _size = Math.Max(4 * Block, (perChunk + Block - 1) / Block * Block);
        Order = Enumerable.Range(0, (tokens + _size - 1) / _size).ToArray();
    }

    internal int[] Order { get; }

    internal static TokenChunks Of(int tokens) => tokens >= 0
        ? new TokenChunks(tokens)
        : throw new ArgumentException($"The number of tokens must not be negative; got {tokens}.");

    internal int First(int chunk) => chunk * _size;

    internal int Last(int chunk) => Math.Min((chunk + 1) * _size, _tokens);
}
