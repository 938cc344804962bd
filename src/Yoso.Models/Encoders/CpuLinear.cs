// SPDX-License-Identifier: MIT
using Yoso.Cpu;
using Yoso.Models.Autograd;
using static TorchSharp.torch;

namespace Yoso.Models.Encoders;

/// <summary>
/// x W' + b of wide layers, and of narrow ones with many tokens, by <see cref="WideProduct"/>, or by library products on fixed blocks, shared out among <see cref="CpuThreads"/>: since the blocks do not
/// depend on the number of threads, neither do the bits. Inputs x [T, in], weight [out, in], bias [out]; output [T, out].
/// </summary>
internal sealed class CpuLinear : SafeFunction<CpuLinear, CpuLinear.NoArguments>
{
    // Large enough for the library's full speed, small enough that a few hundred tokens give every thread a share.
    private const int TokenBlock = 128, OutputBlock = 2048, WeightBlock = 128;

    internal readonly record struct NoArguments;

    // Narrow layers of fewer tokens (the heads of classifiers) are not worth the threads.
    private const int ManyTokens = 128;

    /// <summary>Float32 on the CPU, many tokens or too wide for the fused kernels, not under autocast.</summary>
    public static bool Serves(Tensor input, Tensor weight) =>
        !Autocast.IsActive && CpuTensors.Fit(input) && CpuTensors.Fit(weight) && input.dim() == 2 && input.shape[0] > 0
        && (input.shape[0] >= ManyTokens || !CpuTensors.Fit((int)weight.shape[0], (int)weight.shape[1]));

    protected override ForwardResult Forward(Tensor[] inputs, NoArguments arguments)
    {
        var (x, weight, bias) = (inputs[0], inputs[1], inputs[2]);
        var output = empty(x.shape[0], weight.shape[0]);
        if (WideProduct.IsSupported)
        {
            Multiply(x, weight, transposeSecond: true, output, bias);
            return new ForwardResult(output);
        }

        ForEachBlock(x.shape[0], TokenBlock, weight.shape[0], OutputBlock, (row, rows, column, columns) =>
        {
            var block = output.narrow(0, row, rows).narrow(1, column, columns);
            block.copy_(bias.narrow(0, column, columns).expand(rows, columns));
            block.addmm_(x.narrow(0, row, rows), weight.narrow(0, column, columns).t());
        });
        return new ForwardResult(output);
    }

    protected override Tensor?[] Backward(Tensor[] inputs, Tensor[] saved, NoArguments arguments, Tensor gradient)
    {
        var (x, weight, bias) = (inputs[0], inputs[1], inputs[2]);
        var weightGradient = empty_like(weight);
        var biasGradient = empty_like(bias);
        Tensor? inputGradient = null;
        if (x.requires_grad)
        {
            inputGradient = empty(x.shape);
            if (WideProduct.IsSupported)
            {
                Multiply(gradient, weight, transposeSecond: false, inputGradient, null);
            }
            else
            {
                ForEachBlock(x.shape[0], TokenBlock, 1, 1, (row, rows, _, _) =>
                    inputGradient.narrow(0, row, rows).addmm_(gradient.narrow(0, row, rows), weight, beta: 0, alpha: 1));
            }
        }

        ForEachBlock(1, 1, weight.shape[0], WeightBlock, (_, _, column, columns) =>
        {
            var part = gradient.narrow(1, column, columns); // [T, columns]
            if (!WideProduct.IsSupported)
            {
                weightGradient.narrow(0, column, columns).addmm_(part.t(), x, beta: 0, alpha: 1);
            }

            biasGradient.narrow(0, column, columns).copy_(part.sum([0L]));
        });
        if (WideProduct.IsSupported)
        {
            MultiplyTransposed(gradient, x, weightGradient);
        }

        return [inputGradient, weightGradient, biasGradient];
    }

    /// <summary>target [M, N] = first [M, K] · second [K, N], or second [N, K] transposed, by the kernel for 512-bit registers.</summary>
    private static unsafe void Multiply(Tensor first, Tensor second, bool transposeSecond, Tensor target, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (first.contiguous(), second.contiguous());
        var (m, k, n) = ((int)a.shape[0], (int)a.shape[1], (int)target.shape[1]);
        var right = transposeSecond ? new StridedMatrix(CpuTensors.Data(b), 1, k) : new StridedMatrix(CpuTensors.Data(b), n, 1);
        WideProduct.Multiply(new StridedMatrix(CpuTensors.Data(a), k, 1), right, CpuTensors.Data(target), n, bias is null ? null : CpuTensors.Data(bias), m, n, k, CpuThreads.Count);
    }

    /// <summary>target [M, N] = first [K, M] transposed · second [K, N].</summary>
    private static unsafe void MultiplyTransposed(Tensor first, Tensor second, Tensor target)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (first.contiguous(), second.contiguous());
        var (k, m, n) = ((int)a.shape[0], (int)a.shape[1], (int)b.shape[1]);
        WideProduct.Multiply(new StridedMatrix(CpuTensors.Data(a), 1, m), new StridedMatrix(CpuTensors.Data(b), n, 1), CpuTensors.Data(target), n, null, m, n, k, CpuThreads.Count);
    }

    /// <summary>Calls <paramref name="body"/>(first row, rows, first column, columns) for every block, each call in a dispose scope and without gradients.</summary>
    private static void ForEachBlock(long rows, long rowBlock, long columns, long columnBlock, Action<long, long, long, long> body)
    {
        var (rowBlocks, columnBlocks) = ((rows + rowBlock - 1) / rowBlock, (columns + columnBlock - 1) / columnBlock);
        Parallel.For(0, rowBlocks * columnBlocks, new ParallelOptions { MaxDegreeOfParallelism = CpuThreads.Count }, item =>
        {
            // Gradient mode and dispose scopes belong to a thread.
            using var ungraded = no_grad();
            using var scope = NewDisposeScope();
            var (columnIndex, rowIndex) = Math.DivRem(item, rowBlocks);
            var (row, column) = (rowIndex * rowBlock, columnIndex * columnBlock);
            body(row, Math.Min(rowBlock, rows - row), column, Math.Min(columnBlock, columns - column));
        });
    }
}
