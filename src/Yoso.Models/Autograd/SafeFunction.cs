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
    public sealed override string Name => typeof(TSelf).Name;

    public static Tensor Apply(TArguments arguments, params Tensor[] inputs) => apply([.. inputs, arguments]);

    /// <summary>Runs in a dispose scope and without gradient recording.</summary>
    protected abstract ForwardResult Forward(Tensor[] inputs, TArguments arguments);

    /// <summary>Whether the backward pass reads input i; one that it does not read is null there, and its memory is free until then.</summary>
    protected virtual bool Keeps(int input) => true;

    /// <summary>One gradient an input, null for an input that has none. Runs in a dispose scope; may throw.</summary>
    protected abstract Tensor?[] Backward(Tensor[] inputs, Tensor[] saved, TArguments arguments, Tensor gradient);

    public sealed override Tensor forward(AutogradContext ctx, params object[] vars) => SafeCalls.Forward<TArguments>(ctx, vars, Keeps, (inputs, arguments) =>
    {
        var (output, saved) = Forward(inputs, arguments);
        return ([output], saved);
    })[0];

    public sealed override List<Tensor> backward(AutogradContext ctx, Tensor grad_output) =>
        SafeCalls.Backward<TArguments>(ctx, [grad_output], (inputs, saved, arguments, gradients) => Backward(inputs, saved, arguments, gradients[0]));
}

/// <summary>What the forward pass of a <see cref="SafeMultiFunction{TSelf, TArguments}"/> gives.</summary>
public readonly record struct MultiForwardResult(Tensor[] Outputs, params Tensor[] Saved);

/// <summary>As <see cref="SafeFunction{TSelf, TArguments}"/>, with several tensors out. An output that nothing used has a gradient of zeros.</summary>
/// <inheritdoc cref="SafeFunction{TSelf, TArguments}" path="/typeparam"/>
public abstract class SafeMultiFunction<TSelf, TArguments> : MultiTensorFunction<TSelf>
    where TSelf : SafeMultiFunction<TSelf, TArguments>, new()
    where TArguments : notnull
{
    public sealed override string Name => typeof(TSelf).Name;

    public static Tensor[] Apply(TArguments arguments, params Tensor[] inputs) => [.. apply([.. inputs, arguments])];

    /// <summary>Runs in a dispose scope and without gradient recording.</summary>
    protected abstract MultiForwardResult Forward(Tensor[] inputs, TArguments arguments);

    /// <summary>Whether the backward pass reads input i; one that it does not read is null there, and its memory is free until then.</summary>
    protected virtual bool Keeps(int input) => true;

    /// <summary>One gradient an input, null for an input that has none. Runs in a dispose scope; may throw.</summary>
    protected abstract Tensor?[] Backward(Tensor[] inputs, Tensor[] saved, TArguments arguments, Tensor[] gradients);

    public sealed override List<Tensor> forward(AutogradContext ctx, params object[] vars) => [.. SafeCalls.Forward<TArguments>(ctx, vars, Keeps, (inputs, arguments) =>
    {
        var (outputs, saved) = Forward(inputs, arguments);
        return (outputs, saved);
    })];

    public sealed override List<Tensor> backward(AutogradContext ctx, List<Tensor> grad_outputs) =>
        SafeCalls.Backward<TArguments>(ctx, grad_outputs, (inputs, saved, arguments, gradients) => Backward(inputs, saved, arguments, gradients));
}
