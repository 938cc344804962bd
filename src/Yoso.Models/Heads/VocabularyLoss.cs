// SPDX-License-Identifier: MIT
using Yoso.Cpu;
using Yoso.Models.Autograd;
using static TorchSharp.torch;

namespace Yoso.Models.Heads;

/// <summary>Cross entropy over a vocabulary, summed over the predicted tokens: by a kernel in float32 on the CPU, which keeps no probabilities, else torch's.</summary>
public static class VocabularyLoss
{
    /// <param name="logits">[M, vocabulary].</param>
    /// <param name="labels">[M] int64.</param>
    public static Tensor Sum(Tensor logits, Tensor labels) => CpuTensors.Fit(logits) && logits.shape[0] > 0
        ? CpuCrossEntropy.Apply(default, logits, labels).sum()
        : nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.Sum);
}

/// <summary>The loss of each row, [M].</summary>
internal sealed class CpuCrossEntropy : SafeFunction<CpuCrossEntropy, CpuCrossEntropy.NoArguments>
{
    internal readonly record struct NoArguments;

    protected override unsafe ForwardResult Forward(Tensor[] inputs, NoArguments arguments)
    {
        var (logits, labels) = (inputs[0].contiguous(), inputs[1].contiguous());
        var (rows, classes) = ((int)logits.shape[0], (int)logits.shape[1]);
        var (losses, logSums) = (empty(rows), empty(rows));
        CrossEntropy.Forward(CpuTensors.Data(logits), CpuTensors.Longs(labels), CpuTensors.Data(losses), CpuTensors.Data(logSums), rows, classes, CpuThreads.Count);
        return new ForwardResult(losses, logSums);
    }

    protected override unsafe Tensor?[] Backward(Tensor[] inputs, Tensor[] saved, NoArguments arguments, Tensor gradient)
    {
        var (logits, labels, lossGradients) = (inputs[0].contiguous(), inputs[1].contiguous(), gradient.contiguous());
        var result = empty(logits.shape);
        CrossEntropy.Backward(
            CpuTensors.Data(logits), CpuTensors.Longs(labels), CpuTensors.Data(saved[0]), CpuTensors.Data(lossGradients), CpuTensors.Data(result),
            (int)logits.shape[0], (int)logits.shape[1], CpuThreads.Count);
        return [result, null];
    }
}
