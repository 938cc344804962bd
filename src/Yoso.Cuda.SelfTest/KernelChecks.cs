// SPDX-License-Identifier: MIT
using System.Diagnostics;
using Yoso.Cpu;
using Yoso.Cuda.Driver;

namespace Yoso.Cuda.SelfTest;

/// <summary>Every kernel against Yoso.Cpu, case by case.</summary>
internal sealed class KernelChecks(NativeCudaDriver driver, DeviceKernels kernels)
{
    private const int FailuresShown = 20;

    /// <summary>Longer sequences Yoso.Cpu samples in chunks, the GPU as a whole: other pairs, as likely.</summary>
    private const int LongestSampledAlike = 32_760;

    private readonly Comparison _comparison = new();
    private readonly int _threads = Environment.ProcessorCount;

    public CheckSummary Run(int randomCases, int seed)
    {
        var watch = Stopwatch.StartNew();
        var cases = 0;
        foreach (var test in TestCases.All(randomCases, seed))
        {
            Check(test);
            cases++;
            if (_comparison.Failures.Count > FailuresShown)
            {
                break;
            }
        }

        return new CheckSummary(cases, _comparison.Count, _comparison.LargestErrorOfTolerance, watch.Elapsed.TotalSeconds, [.. _comparison.Failures]);
    }

    private void Check(TestCase test)
    {
        var items = new PackedItems(test.Offsets, test.Heads, test.HeadDim);
        var plan = new LshPlan(kernels, items, test.Parameters, test.WorkspaceLimit);
        var input = new TestInput(test, plan);
        using var queryCodes = new HashCodes(input.Shape, input.Options);
        using var keyCodes = new HashCodes(input.Shape, input.Options);
        Cpu.HadamardHash.Hash(input.Head(input.Query), input.Signs, queryCodes, _threads);
        Cpu.HadamardHash.Hash(input.Head(input.Key), input.Signs, keyCodes, _threads);
        using var device = new DeviceTensors(driver);
        var batch = new DeviceBatch(plan, device.Copy<int>(test.Offsets), CudaStream.Default);
        var rows = new WeightedInputs(
            device.Rows(input.Query, items, test.Gap), device.Rows(input.Key, items, test.Gap), device.Rows(input.Value, items, test.Gap), device.Rows(input.OutputGradient, items, test.Gap));
        var codes = new DeviceCodes(device.Room(plan.CodeCount * 2), device.Room(plan.CodeCount * 2));
        HadamardHash.Hash(batch, device.Copy<uint>(input.Signs), rows.Query, rows.Key, codes);
        CheckCodes($"{test}: query codes", codes.Query, queryCodes, plan);
        CheckCodes($"{test}: key codes", codes.Key, keyCodes, plan);
        CheckForward(test, input, device, batch, rows, codes, (queryCodes, keyCodes));
        if (test.Input != InputKind.NonFinite)
        {
            CheckBackward(test, input, device, batch, rows, codes, (queryCodes, keyCodes));
        }
    }

    private void CheckCodes(string what, DevicePointer codes, HashCodes expected, LshPlan plan)
    {
        var actual = new ushort[plan.CodeCount];
        driver.CopyToHost(actual.AsSpan(), codes);
        var at = 0;
        for (var item = 0; item < plan.Items.Items; item++)
        {
            for (var hash = 0; hash < plan.Parameters.HashCount; hash++)
            {
                var row = expected.Codes(item, hash);
                _comparison.Codes(what, actual.AsSpan(at, row.Length), row);
                at += row.Length;
            }
        }
    }

    private void CheckForward(
        TestCase test, TestInput input, DeviceTensors device, DeviceBatch batch, WeightedInputs rows, DeviceCodes codes, (HashCodes Query, HashCodes Key) cpu)
    {
        var plan = batch.Plan;
        var output = device.RoomForRows(plan.Items, test.Gap);
        LshCumulation.Forward(batch, codes, rows.Value, output, device.Room(plan.ForwardWorkspaceBytes));
        _comparison.Sums($"{test}: output", device.Read(output, plan.Items), Cpu(input.Value), Cpu(Absolute(input.Value)), Terms(test));
        var valueGradient = device.RoomForRows(plan.Items, test.Gap);
        LshCumulationGradient.Backward(batch, codes, rows.OutputGradient, valueGradient, device.Room(plan.BackwardWorkspaceBytes));
        _comparison.Sums($"{test}: value gradient", device.Read(valueGradient, plan.Items), Gradient(input.OutputGradient), Gradient(Absolute(input.OutputGradient)), Terms(test));

        float[] Cpu(float[] value)
        {
            var result = TestInput.Pinned(value.Length);
            Yoso.Cpu.LshCumulation.Forward(cpu.Query, cpu.Key, input.Head(value), input.Head(result), _threads);
            return result;
        }

        float[] Gradient(float[] gradient)
        {
            var result = TestInput.Pinned(gradient.Length);
            Yoso.Cpu.LshCumulationGradient.Backward(cpu.Query, cpu.Key, input.Head(gradient), input.Head(result), _threads);
            return result;
        }
    }

    private void CheckBackward(
        TestCase test, TestInput input, DeviceTensors device, DeviceBatch batch, WeightedInputs rows, DeviceCodes codes, (HashCodes Query, HashCodes Key) cpu)
    {
        var plan = batch.Plan;
        var workspace = device.Room(plan.BackwardWorkspaceBytes);
        string[] names = ["query gradient", "key gradient", "value gradient"];
        foreach (var mode in Enum.GetValues<GradientMode>().Where(m => m == GradientMode.LowerBound || test.Lengths.Max() <= LongestSampledAlike))
        {
            var written = new WeightedOutputs(device.RoomForRows(plan.Items, test.Gap), device.RoomForRows(plan.Items, test.Gap), device.RoomForRows(plan.Items, test.Gap));
            WeightedLshCumulation.Backward(mode, batch, codes, rows, written, (uint)test.Seed, workspace);
            float[][] actual = [device.Read(written.QueryGradient, plan.Items), device.Read(written.KeyGradient, plan.Items), device.Read(written.ValueGradient, plan.Items)];
            var expected = Cpu(mode, input.Query, input.Key, input.Value, input.OutputGradient);
            var magnitude = Cpu(GradientMode.LowerBound, Absolute(input.Query), Absolute(input.Key), Absolute(input.Value), Absolute(input.OutputGradient));
            for (var i = 0; i < 3; i++)
            {
                var what = $"{test}: {mode} {names[i]}";
                if (mode == GradientMode.LowerBound || i == 2)
                {
                    _comparison.Sums(what, actual[i], expected[i], magnitude[i], Terms(test) + test.HeadDim);
                }
                else
                {
                    _comparison.Rows(what, actual[i], expected[i], test.HeadDim);
                }
            }
        }

        float[][] Cpu(GradientMode mode, float[] query, float[] key, float[] value, float[] gradient)
        {
            float[][] results = [TestInput.Pinned(query.Length), TestInput.Pinned(query.Length), TestInput.Pinned(query.Length)];
            Yoso.Cpu.WeightedLshCumulation.Backward(
                mode == GradientMode.LowerBound ? Yoso.Cpu.GradientMode.LowerBound : Yoso.Cpu.GradientMode.Sampled, cpu.Query, cpu.Key,
                new Yoso.Cpu.WeightedInputs(input.Head(query), input.Head(key), input.Head(value), input.Head(gradient)),
                new Yoso.Cpu.WeightedOutputs(input.Head(results[0]), input.Head(results[1]), input.Head(results[2])), (uint)test.Seed, _threads);
            return results;
        }
    }

    /// <summary>Pairs that one row sums at most.</summary>
    private static long Terms(TestCase test) => (long)test.Lengths.Max() * test.Parameters.HashCount;

    private static float[] Absolute(float[] data)
    {
        var result = TestInput.Pinned(data.Length);
        for (var i = 0; i < data.Length; i++)
        {
            result[i] = Math.Abs(data[i]);
        }

        return result;
    }
}
