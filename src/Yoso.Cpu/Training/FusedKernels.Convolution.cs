// SPDX-License-Identifier: MIT
namespace Yoso.Cpu.Training;

internal sealed unsafe partial class FusedKernels<T>
{
    internal override void Forward(in ConvolutionCall call, int threads)
    {
        var c = call;
        WorkItems.Run(c.Shape.Order, threads, (item, scratch) =>
        {
            var value = new ConvolutionRows<T>(in c, c.Value, item, scratch);
            value.Filter(c.Weight + (item % c.Shape.Heads * c.Window), c.Base?.Item(c.Shape, item), c.Output.Item(c.Shape, item), scratch);
        });
    }

    internal override void Backward(in ConvolutionGradientCall call, int threads)
    {
        var (c, forward) = (call, call.Forward);
        var (shape, window) = (forward.Shape, forward.Window);
        var shared = Scratch.Rent();
        var sums = shared.TakeZeroed<double>((long)shape.Items * window);
        WorkItems.Run(shape.Order, threads, (item, scratch) =>
        {
            var gradient = new ConvolutionRows<T>(in forward, c.OutputGradient, item, scratch);
            var value = new ConvolutionRows<T>(in forward, forward.Value, item, scratch);
            value.AddProducts(gradient, sums + ((long)item * window), scratch);

            // The value at a position meets the gradients around it by the same filter from its other end.
            var reversed = scratch.Take<float>(window);
            for (var k = 0; k < window; k++)
            {
                reversed[k] = forward.Weight[(item % shape.Heads * window) + window - 1 - k];
            }

            gradient.Filter(reversed, null, c.ValueGradient.Item(shape, item), scratch);
        });
        for (var i = 0; i < shape.Heads * window; i++)
        {
            var sum = 0.0;
            for (var sequence = 0; sequence < shape.Sequences; sequence++)
            {
                sum += sums[((long)sequence * shape.Heads * window) + i];
            }

            c.WeightGradient[i] = (float)sum;
        }

        shared.Return();
    }
}
