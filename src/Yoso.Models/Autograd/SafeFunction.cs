// SPDX-License-Identifier: MIT
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Yoso.Models.Autograd;

/// <summary>What the forward pass of a <see cref="SafeFunction{TSelf, TArguments}"/> gives: its output, and tensors that the backward pass needs beside the inputs.</summary>
public readonly record struct ForwardResult(Tensor Output, params Tensor[] Saved);

/// <summary>A differentiable operation with a gradient of its own: tensors and one managed argument in, one tensor out.</summary>
/// <remarks>
/// One instance serves all calls of a class, so it has no fields: what a call needs later goes through
/// <see cref="ForwardResult.Saved"/> and the argument. Run the backward pass by <see cref="AutogradRunner.Backward"/>.
/// </remarks>
/// <typeparam name="TSelf">The deriving class.</typeparam>
/// <typeparam name="TArguments">What the operation needs beside tensors; it outlives the call, so it holds no scoped tensors.</typeparam>
public abstract class SafeFunction<TSelf, TArguments> : SingleTensorFunction<TSelf>
    where TSelf : SafeFunction<TSelf, TArguments>, new()
    where TArguments : notnull
{
    private const string InputCount = "inputs", Arguments = "arguments";

    public sealed override string Name => typeof(TSelf).Name;

    public static Tensor Apply(TArguments arguments, params Tensor[] inputs) => apply([.. inputs, arguments]);

    /// <summary>Runs in a dispose scope and without gradient recording.</summary>
    protected abstract ForwardResult Forward(Tensor[] inputs, TArguments arguments);

    /// <summary>One gradient an input, null for an input that has none. Runs in a dispose scope; may throw.</summary>
    protected abstract Tensor?[] Backward(Tensor[] inputs, Tensor[] saved, TArguments arguments, Tensor gradient);

    public sealed override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        var inputs = vars[..^1].Cast<Tensor>().ToArray();
        var arguments = (TArguments)vars[^1];
        var (output, saved) = Forward(inputs, arguments);
        ctx.save_for_backward([.. inputs, .. saved]);
        ctx.save_data(InputCount, inputs.Length);
        ctx.save_data(Arguments, arguments);
        // The node takes its own reference to saved tensors only after this method returned.
        foreach (var tensor in saved)
        {
            tensor.MoveToOuterDisposeScope();
        }

        return output.MoveToOuterDisposeScope();
    }

    public sealed override List<Tensor> backward(AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        scope.Attach(grad_output);
        var gradients = new Tensor?[(int)ctx.get_data(InputCount) + 1];
        try
        {
            var saved = ctx.get_saved_variables().ToArray();
            var inputs = gradients.Length - 1;
            var result = Backward(saved[..inputs], saved[inputs..], (TArguments)ctx.get_data(Arguments), grad_output);
            foreach (var gradient in result)
            {
                if (gradient is not null)
                {
                    AutogradRunner.KeepUntilEnd(gradient.DetachFromDisposeScope());
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
