// SPDX-License-Identifier: MIT
using static TorchSharp.torch;

namespace Yoso.Models.Encoders;

/// <summary>Where each sequence of a packed batch begins: sequence i holds the rows offsets[i] .. offsets[i + 1] - 1.</summary>
public sealed class SequenceOffsets
{
    private readonly int[] _offsets;
    private Tensor? _rowSequences;

    /// <param name="offsets">B + 1 values, the first 0, none less than the one before; a sequence may be empty.</param>
    public SequenceOffsets(int[] offsets)
    {
        if (offsets.Length == 0 || offsets[0] != 0)
        {
            throw new ArgumentException($"offsets begin with 0, not [{string.Join(", ", offsets.Take(3))}]", nameof(offsets));
        }

        for (var i = 1; i < offsets.Length; i++)
        {
            if (offsets[i] < offsets[i - 1])
            {
                throw new ArgumentException($"offsets fall from {offsets[i - 1]} to {offsets[i]} at sequence {i - 1}", nameof(offsets));
            }

            MaxLength = Math.Max(MaxLength, offsets[i] - offsets[i - 1]);
        }

        _offsets = [.. offsets];
    }

    public static SequenceOffsets FromLengths(params ReadOnlySpan<int> lengths)
    {
        var offsets = new int[lengths.Length + 1];
        for (var i = 0; i < lengths.Length; i++)
        {
            offsets[i + 1] = offsets[i] + lengths[i];
        }

        return new SequenceOffsets(offsets);
    }

    /// <summary>Sequences (B).</summary>
    public int Count => _offsets.Length - 1;

    /// <summary>Tokens of all sequences (T).</summary>
    public int Total => _offsets[^1];

    /// <summary>Tokens of the longest sequence.</summary>
    public int MaxLength { get; }

    /// <summary>B + 1 values.</summary>
    public ReadOnlySpan<int> Span => _offsets;

    public int Start(int sequence) => _offsets[sequence];

    public int Length(int sequence) => _offsets[sequence + 1] - _offsets[sequence];

    /// <summary>
    /// The sequence of each row, [T] int64 on <paramref name="device"/>. Made once and kept as long as the dispose scope in
    /// which it was first asked for: do not dispose.
    /// </summary>
    public Tensor RowSequences(Device device)
    {
        if (_rowSequences is { IsInvalid: false } kept && kept.device.type == device.type && kept.device.index == device.index)
        {
            return kept;
        }

        var rows = new long[Total];
        for (var i = 0; i < Count; i++)
        {
            Array.Fill(rows, i, _offsets[i], Length(i));
        }

        return _rowSequences = tensor(rows, device: device);
    }
}
