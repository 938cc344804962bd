// SPDX-License-Identifier: MIT
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Yoso.Models.Autograd;

/// <summary>What <see cref="SafeFunction{TSelf, TArguments}"/> and <see cref="SafeMultiFunction{TSelf, TArguments}"/> share: scopes, saved tensors and the way of exceptions.</summary>
internal static class SafeCalls
{
    private const string Kept = "kept", Arguments = "arguments", Shapes = "shapes";

    /// <summary>Runs a forward pass in a scope, whose outputs and saved tensors survive it.</summary>
    /// <param name="vars">The input tensors, and last the argument.</param>
    /// <param name="keeps">Whether the backward pass reads input i: the others need not live until then.</param>
    public static Tensor[] Forward<TArguments>(AutogradContext ctx, object[] vars, Func<int, bool> keeps, Func<Tensor[], TArguments, (Tensor[] Outputs, Tensor[] Saved)> forward)
        where TArguments : notnull
    {
        using var scope = NewDisposeScope();
        var inputs = vars[..^1].Cast<Tensor>().ToArray();
        var arguments = (TArguments)vars[^1];
        var (outputs, saved) = forward(inputs, arguments);
        bool[] kept = [.. Enumerable.Range(0, inputs.Length).Select(keeps)];
        ctx.save_for_backward([.. inputs.Where((_, i) => kept[i]), .. saved]);
        ctx.save_data(Kept, kept);
        ctx.save_data(Arguments, arguments);
        // TorchSharp would make missing gradients from a cached tensor that a scope may have disposed by then; Backward makes them from the shapes.
        ctx.set_materialize_grads(false);
        ctx.save_data(Shapes, outputs.Select(o => (o.shape, o.dtype, o.device)).ToArray());
        // The node takes its own reference to saved tensors only after this method returned.
        foreach (var tensor in (Tensor[])[.. saved, .. outputs])
        {
            tensor.MoveToOuterDisposeScope();
        }

        return outputs;
    }

    /// <summary>Runs a backward pass in a scope; what it throws goes to the pass that is running, and the inputs get no gradients.</summary>
    public static List<Tensor> Backward<TArguments>(AutogradContext ctx, IEnumerable<Tensor?> outputGradients, Func<Tensor[], Tensor[], TArguments, Tensor[], Tensor?[]> backward)
        where TArguments : notnull
    {
        AutogradRunner.FreeTaken();
        using var scope = NewDisposeScope();
        foreach (var gradient in outputGradients)
        {
            if (gradient is { IsInvalid: false })
            {
                scope.Attach(gradient);
            }
            else
            {
                gradient?.Dispose();
            }
        }

        var kept = (bool[])ctx.get_data(Kept);
        var gradients = new Tensor?[kept.Length + 1];
        try
        {
            var saved = ctx.get_saved_variables().ToArray();
            var next = 0;
            Tensor[] inputs = [.. kept.Select(k => k ? saved[next++] : null!)];
            var outputs = ((long[] Shape, ScalarType Type, Device Device)[])ctx.get_data(Shapes);
            Tensor[] present = [.. outputGradients.Zip(outputs, (g, o) => g is null || g.IsInvalid ? zeros(o.Shape, o.Type, o.Device) : g)];
            var result = backward(inputs, saved[next..], (TArguments)ctx.get_data(Arguments), present);
            if (result.Length != inputs.Length)
            {
                throw new InvalidOperationException($"{result.Length} gradients for {inputs.Length} inputs");
            }

            foreach (var gradient in result)
            {
                if (gradient is not null)
                {
                    AutogradRunner.KeepUntilTaken(gradient.DetachFromDisposeScope());
                }
            }

            result.CopyTo(gradients, 0);
        }
        catch (Exception e)
        {
            Array.Clear(gradients);
            AutogradRunner.Fail(e);
        }

        return gradients.ToList()!;
    }
}
