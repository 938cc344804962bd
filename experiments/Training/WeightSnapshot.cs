// SPDX-License-Identifier: MIT
using TorchSharp;
using static TorchSharp.torch;

namespace Yoso.Experiments.Training;

/// <summary>A copy of all parameters and buffers of a model, by upstream's names.</summary>
internal sealed class WeightSnapshot : IDisposable
{
    public required IReadOnlyDictionary<string, Tensor> Tensors { get; init; }

    public static WeightSnapshot Of(nn.Module model)
    {
        using var _ = no_grad();
        var tensors = model.state_dict().ToDictionary(p => p.Key, p => p.Value.detach().cpu().clone().DetachFromDisposeScope());
        return new WeightSnapshot { Tensors = tensors };
    }

    public void CopyTo(nn.Module model)
    {
        using var _ = no_grad();
        foreach (var (name, target) in model.state_dict())
        {
            if (!Tensors.TryGetValue(name, out var source) || !source.shape.SequenceEqual(target.shape))
            {
                throw new InvalidDataException($"the stored weights have no '{name}' of shape [{string.Join(", ", target.shape)}]");
            }

            target.copy_(source);
        }
    }

    public void Dispose()
    {
        foreach (var tensor in Tensors.Values)
        {
            tensor.Dispose();
        }
    }
}
