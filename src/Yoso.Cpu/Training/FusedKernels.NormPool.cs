// SPDX-License-Identifier: MIT
namespace Yoso.Cpu.Training;

internal sealed unsafe partial class FusedKernels<T>
{
    internal override void Forward(in NormPoolCall call, int threads)
    {
        var c = call;
        var width = c.Shape.HeadDim;
        var shared = Scratch.Rent();
        var norm = new PackedNorm<T>(c.Norm, width, shared);
        ForSequenceBlocks(c.Shape, threads, scratch => scratch.TakeZeroed<float>(Blocks<T>.Padded(width)), (_, first, count, block, sum) =>
        {
            Blocks<T>.Load(c.Input, first, count, width, block);
            norm.Forward(block, count, c.Statistics + (2L * first), block);
            Blocks<T>.AddColumnSums(block, count, width, sum);
        }, (sequence, sum) =>
        {
            var output = c.Output[sequence];
            for (var i = 0; i < width; i++)
            {
                output[i] = sum[i] * c.Factors[sequence];
            }
        });
        shared.Return();
    }

    internal override void Backward(in NormPoolGradientCall call, int threads)
    {
        var c = call;
        var f = c.Forward;
        var width = f.Shape.HeadDim;
        var shared = Scratch.Rent();
        var norm = new PackedNorm<T>(f.Norm, width, shared);
        // One gradient buffer a sequence, so that the order of the sum is that of the sequences.
        var buffers = shared.TakeZeroed<float>((long)f.Shape.Sequences * norm.GradientSize);
        ForSequenceBlocks(f.Shape, threads, scratch => Blocks<T>.Take(width, scratch), (sequence, first, count, block, gradient) =>
        {
            Blocks<T>.Load(f.Input, first, count, width, block);
            LayerNormBlocks<T>.Restandardise(block, count, width, f.Statistics + (2L * first));
            Repeat(c.OutputGradient[sequence], f.Factors[sequence], count, width, gradient);
            norm.Backward(gradient, block, count, f.Statistics + (2L * first), buffers + ((long)sequence * norm.GradientSize));
            Blocks<T>.Store(gradient, c.InputGradient, first, count, width);
        }, (_, _) => { });
        norm.Reduce(buffers, norm.GradientSize, f.Shape.Sequences, c.NormGradient);
        shared.Return();
    }

    private delegate float* TakeScratch(Scratch scratch);

    private delegate void SequenceBlock(int sequence, int first, int count, float* block, float* own);

    private delegate void SequenceEnd(int sequence, float* own);

    /// <summary>Runs <paramref name="each"/> over the blocks of every sequence, in order, with memory that lasts as long as the sequence.</summary>
    private static void ForSequenceBlocks(PackedShape shape, int threads, TakeScratch take, SequenceBlock each, SequenceEnd end) => WorkItems.Run(shape.Order, threads, (sequence, scratch) =>
    {
        var (block, own) = ((nint)Blocks<T>.Take(shape.HeadDim, scratch), (nint)take(scratch));
        var last = shape.FirstToken(sequence) + shape.Length(sequence);
        for (var first = shape.FirstToken(sequence); first < last; first += TokenChunks.Block)
        {
            each(sequence, first, Math.Min(TokenChunks.Block, last - first), (float*)block, (float*)own);
        }

        end(sequence, (float*)own);
    });

    /// <summary>Every row of the block = row * factor; zero in the padding.</summary>
    private static void Repeat(float* row, float factor, int count, int width, float* block)
    {
        var padded = Blocks<T>.Padded(width);
        for (var i = 0; i < width; i++)
        {
            block[i] = row[i] * factor;
        }

        new Span<float>(block + width, padded - width).Clear();
        for (var t = 1; t < count; t++)
        {
            Blocks<T>.Copy(block, block + (t * padded), padded);
        }
    }
}
