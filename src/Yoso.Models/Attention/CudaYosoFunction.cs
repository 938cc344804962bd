// SPDX-License-Identifier: MIT
using System.Runtime.InteropServices;
using Yoso.Cuda;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using Yoso.Models.Native;
using static TorchSharp.torch;
using CudaHadamardHash = Yoso.Cuda.HadamardHash;

namespace Yoso.Models.Attention;

internal sealed record CudaYosoArguments(YosoOptions Options, SequenceOffsets Offsets, Seed Seed);

/// <summary>
/// <see cref="YosoFunction"/> by the kernels of Yoso.Cuda, on the tensors' own memory and libtorch's current stream: unit query, unit key
/// and value, [T, H, D] float32, to the mean over the hashes of the sum of values of colliding keys. Same codes as on a CPU.
/// </summary>
internal sealed class CudaYosoFunction : SafeFunction<CudaYosoFunction, CudaYosoArguments>
{
    // T tokens, H heads, D head dimension, W width of the kernels' rows, M hashes.

    protected override ForwardResult Forward(Tensor[] inputs, CudaYosoArguments arguments)
    {
        var device = inputs[2].device;
        var plan = Plan(inputs[2], arguments);
        var offsets = tensor(arguments.Offsets.Span.ToArray(), device: device); // [B + 1] int32
        var batch = new DeviceBatch(plan, CudaTensors.Data(offsets), CudaBackend.CurrentStream(device.index));
        var signs = tensor(Signs(plan, arguments), device: device); // [B * H * words] int32
        var (query, queryRows) = CudaTensors.Rows(inputs[0], plan.Items.Width); // [T, H, W]
        var (key, keyRows) = CudaTensors.Rows(inputs[1], plan.Items.Width);
        var (value, valueRows) = CudaTensors.Rows(inputs[2], plan.Items.Width);
        var codes = empty([2, plan.CodeCount], int16, device); // [2, M * T * H]
        var (output, outputRows) = CudaTensors.Room(inputs[2], plan.Items.Width);
        var workspace = CudaTensors.Workspace(plan.ForwardWorkspaceBytes, device);
        CudaHadamardHash.Hash(batch, CudaTensors.Data(signs), queryRows, keyRows, Codes(codes, plan));
        LshCumulation.Forward(batch, Codes(codes, plan), valueRows, outputRows, CudaTensors.Data(workspace));
        KeepAlive(query, key, value, signs, workspace);
        return new ForwardResult(CudaTensors.Narrow(output, inputs[2].shape[2]), offsets, codes);
    }

    protected override Tensor?[] Backward(Tensor[] inputs, Tensor[] saved, CudaYosoArguments arguments, Tensor gradient)
    {
        var device = gradient.device;
        var plan = Plan(inputs[2], arguments);
        var batch = new DeviceBatch(plan, CudaTensors.Data(saved[0]), CudaBackend.CurrentStream(device.index));
        var read = ((Tensor[])[.. inputs, gradient]).Select(t => CudaTensors.Rows(t, plan.Items.Width)).ToArray();
        var written = inputs.Select(t => CudaTensors.Room(t, plan.Items.Width)).ToArray();
        var workspace = CudaTensors.Workspace(plan.BackwardWorkspaceBytes, device);
        WeightedLshCumulation.Backward(
            arguments.Options.GradientMode == YosoGradientMode.LowerBound ? GradientMode.LowerBound : GradientMode.Sampled,
            batch,
            Codes(saved[1], plan),
            new WeightedInputs(read[0].Rows, read[1].Rows, read[2].Rows, read[3].Rows),
            new WeightedOutputs(written[0].Rows, written[1].Rows, written[2].Rows),
            (uint)arguments.Seed.Derive("slots").Value,
            CudaTensors.Data(workspace));
        KeepAlive([.. read.Select(r => r.Kept), workspace]);
        return [.. written.Select(w => CudaTensors.Narrow(w.Kept, inputs[0].shape[2]))];
    }

    private static LshPlan Plan(Tensor value, CudaYosoArguments arguments)
    {
        var options = arguments.Options;
        var sampler = options.HashSampler == HashSampler.Shared ? Cuda.HashSampler.Shared : Cuda.HashSampler.Spread;
        return new LshPlan(
            CudaBackend.Kernels(value.device.index),
            new PackedItems(arguments.Offsets.Span, (int)value.shape[1], (int)value.shape[2]),
            new LshParameters(options.HashCount, options.HashCodeLength, sampler));
    }

    /// <summary>Those of the CPU kernels, as the signed integers that torch has.</summary>
    private static int[] Signs(LshPlan plan, CudaYosoArguments arguments)
    {
        var shape = new Cpu.PackedShape(arguments.Offsets.Span, plan.Items.Heads, plan.Items.HeadDim);
        var sampler = plan.Parameters.Sampler == Cuda.HashSampler.Shared ? Cpu.HashSampler.Shared : Cpu.HashSampler.Spread;
        var signs = CpuYosoFunction.Signs(shape, new Cpu.LshOptions(plan.Parameters.HashCount, plan.Parameters.CodeLength, sampler), arguments.Seed);
        return MemoryMarshal.Cast<uint, int>(signs).ToArray();
    }

    private static DeviceCodes Codes(Tensor codes, LshPlan plan) => new(CudaTensors.Data(codes), CudaTensors.Data(codes).Plus(plan.CodeCount * sizeof(ushort)));

    /// <summary>Until here the collector must not free a tensor whose address was passed on.</summary>
    private static void KeepAlive(params ReadOnlySpan<Tensor> tensors)
    {
        foreach (var tensor in tensors)
        {
            GC.KeepAlive(tensor);
        }
    }
}
