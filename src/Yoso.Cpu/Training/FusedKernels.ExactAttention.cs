// SPDX-License-Identifier: MIT
namespace Yoso.Cpu.Training;

internal sealed unsafe partial class FusedKernels<T>
{
    internal override void Forward(in ExactAttentionCall call, int threads)
    {
        var c = call;
        WorkItems.Run(c.Shape.Order, threads, (item, scratch) =>
        {
            var work = new ExactItem<T>(in c, item, scratch, backward: false);
            var output = scratch.Take<float>((long)ExactItem<T>.Block * work.Width);
            for (var first = 0; first < work.Length; first += ExactItem<T>.Block)
            {
                var count = work.LoadQueries(first);
                work.Weigh(in c, first, count);
                SmallProducts<T>.Multiply(
                    work.Weights, work.Stride, 1, work.Values, work.Width, output, work.Width, (count + 3) & ~3, work.Width, work.Length, false);
                ExactItem<T>.Store(output, work.Width, c.Output.Item(c.Shape, item), first, count, c.Shape.HeadDim);
            }
        });
    }

    internal override void Backward(in ExactAttentionGradientCall call, int threads)
    {
        var c = call;
        var shape = c.Forward.Shape;
        WorkItems.Run(shape.Order, threads, (item, scratch) =>
        {
            var work = new ExactItem<T>(c.Forward, item, scratch, backward: true);
            var (headDim, width, stride) = (shape.HeadDim, work.Width, work.Stride);
            var outputGradient = scratch.TakeZeroed<float>((long)ExactItem<T>.Block * width);
            var queryGradient = scratch.Take<float>((long)ExactItem<T>.Block * width);
            var keyGradient = scratch.TakeZeroed<float>(work.PaddedLength * (long)width);
            var valueGradient = scratch.TakeZeroed<float>(work.PaddedLength * (long)width);
            for (var first = 0; first < work.Length; first += ExactItem<T>.Block)
            {
                var count = work.LoadQueries(first);
                var rows = (count + 3) & ~3;
                ExactItem<T>.Load(c.OutputGradient.Item(shape, item), first, count, headDim, outputGradient, width);
                SmallProducts<T>.Multiply(
                    outputGradient, width, 1, work.ValuesAcross, stride, work.Slopes, stride, rows, work.PaddedLength, headDim, false);
                work.Differentiate(c.Forward, first, count);
                SmallProducts<T>.Multiply(
                    work.Weights, 1, stride, outputGradient, width, valueGradient, width, work.PaddedLength, width, count, true);
                SmallProducts<T>.Multiply(work.Slopes, 1, stride, work.Queries, width, keyGradient, width, work.PaddedLength, width, count, true);
                SmallProducts<T>.Multiply(work.Slopes, stride, 1, work.Keys, width, queryGradient, width, rows, width, work.Length, false);
                ExactItem<T>.Store(queryGradient, width, c.QueryGradient.Item(shape, item), first, count, headDim);
            }

            ExactItem<T>.Store(keyGradient, width, c.KeyGradient.Item(shape, item), 0, work.Length, headDim);
            ExactItem<T>.Store(valueGradient, width, c.ValueGradient.Item(shape, item), 0, work.Length, headDim);
        });
    }
}
