// SPDX-License-Identifier: MIT
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Attention;

/// <summary>
/// Some sequences of a packed batch, padded to a common length, and a range of their queries: the unit in which the reference
/// attentions form their n x n weights, so that memory stays bounded for any batch.
/// </summary>
/// <remarks>B sequences, N keys, Q queries. Padding repeats a sequence's own last row, so that no sequence reads another.</remarks>
internal sealed class PaddedBlock
{
    /// <summary>Weights of one block: 4 Mi floats, 16 MiB.</summary>
    private const long MaxWeights = 1 << 22;
    private readonly Tensor _rows;
    private readonly int[] _order;
    private readonly int _sequences, _length, _firstQuery, _queries;

    private PaddedBlock(SequenceOffsets offsets, ReadOnlySpan<int> sequences, int firstQuery, int queries, Device device)
    {
        (_sequences, _length, _firstQuery, _queries) = (sequences.Length, offsets.Length(sequences[0]), firstQuery, queries);
        _order = sequences.ToArray();
        var rows = new long[_sequences * _length];
        var real = new float[rows.Length];
        for (var i = 0; i < _sequences; i++)
        {
            int start = offsets.Start(sequences[i]), length = offsets.Length(sequences[i]);
            for (var position = 0; position < _length; position++)
            {
                rows[i * _length + position] = start + Math.Min(position, length - 1);
                real[i * _length + position] = position < length ? 1 : 0;
            }

            Padded |= length < _length;
        }

        _rows = tensor(rows, device: device);
        Mask = tensor(real, device: device).view(_sequences, 1, 1, _length);
    }

    /// <summary>1 for a key, 0 for padding: [B, 1, 1, N].</summary>
    public Tensor Mask { get; }

    public bool Padded { get; }

    /// <summary>Calls <paramref name="body"/> once a block, in a dispose scope of its own; blocks cover every query once.</summary>
    public static void ForEach(SequenceOffsets offsets, long headCount, Device device, Action<PaddedBlock> body)
    {
        var order = Enumerable.Range(0, offsets.Count).Where(i => offsets.Length(i) > 0).OrderByDescending(offsets.Length).ToArray();
        for (var first = 0; first < order.Length;)
        {
            var length = offsets.Length(order[first]);
            var weights = headCount * length * length;
            var count = 1;
            // Similar lengths only: at three quarters the padding doubles the work. Below 64 tokens fewer calls matter more.
            while (first + count < order.Length && (count + 1) * weights <= MaxWeights && (length <= 64 || offsets.Length(order[first + count]) * 4 >= length * 3))
            {
                count++;
            }

            var queries = (int)Math.Clamp(MaxWeights / (headCount * length), 1, length);
            for (var query = 0; query < length; query += queries)
            {
                using var scope = NewDisposeScope();
                body(new PaddedBlock(offsets, order.AsSpan(first, count), query, Math.Min(queries, length - query), device));
            }

            first += count;
        }
    }

    /// <summary>Rows of [T, H, X] as [B, H, N, X].</summary>
    public Tensor Keys(Tensor packed) =>
        packed.index_select(0, _rows).view(_sequences, _length, packed.shape[1], packed.shape[2]).transpose(1, 2);

    /// <summary>Rows of [T, H, X] as [B, H, Q, X].</summary>
    public Tensor Queries(Tensor packed) => Keys(packed).narrow(2, _firstQuery, _queries);

    /// <summary>As <see cref="Queries"/>, with zeros in the padding: gradients, which padding must not contribute to.</summary>
    public Tensor MaskedQueries(Tensor packed)
    {
        var queries = Queries(packed);
        return Padded ? queries * Mask.view(_sequences, 1, _length, 1).narrow(2, _firstQuery, _queries).to_type(packed.dtype) : queries;
    }

    /// <summary>[B, H, Q, N].</summary>
    public long[] WeightShape(long headCount) => [_sequences, headCount, _queries, _length];

    /// <summary>
    /// A random number below <paramref name="count"/> for each query, [B, H, Q] int64: seed, sequence, head and the query's index
    /// in its sequence decide it.
    /// </summary>
    public Tensor QueryNumbers(Seed seed, long headCount, long count)
    {
        var numbers = new long[_sequences * headCount * _queries];
        for (var i = 0; i < numbers.Length; i++)
        {
            var (row, query) = Math.DivRem(i, _queries);
            var (sequence, head) = Math.DivRem(row, headCount);
            numbers[i] = (long)(seed.Derive(_order[sequence]).Derive(head).Derive(_firstQuery + query).Value % (ulong)count);
        }

        return tensor(numbers, [_sequences, headCount, _queries], device: _rows.device);
    }

    /// <summary>Adds [B, H, N, X] to the rows of [T, H, X]; padding is left out.</summary>
    public void AddToKeys(Tensor packed, Tensor values) => Add(packed, values, 0, _length);

    /// <summary>Adds [B, H, Q, X] to the rows of [T, H, X]; padding is left out.</summary>
    public void AddToQueries(Tensor packed, Tensor values) => Add(packed, values, _firstQuery, _queries);

    private void Add(Tensor packed, Tensor values, int first, int count)
    {
        var rows = _rows.view(_sequences, _length).narrow(1, first, count).reshape(-1);
        var flat = values.transpose(1, 2).reshape(rows.shape[0], packed.shape[1], packed.shape[2]);
        if (Padded)
        {
            var real = Mask.view(_sequences, _length).narrow(1, first, count).reshape(-1).nonzero().view(-1);
            (rows, flat) = (rows.index_select(0, real), flat.index_select(0, real));
        }

        packed.index_add_(0, rows, flat, 1);
    }
}
