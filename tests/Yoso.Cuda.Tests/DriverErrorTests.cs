// SPDX-License-Identifier: MIT
using Yoso.Cuda.Compilation;
using Yoso.Cuda.Driver;
using static Yoso.Cuda.Tests.FakeKernels;

namespace Yoso.Cuda.Tests;

/// <summary>Every code that the driver returns is looked at, and what a person reads says what was tried.</summary>
public sealed class DriverErrorTests
{
    private static readonly LshParameters Parameters = new(32, 9);

    [Theory]
    [InlineData(nameof(ICudaDriver.Initialize))]
    [InlineData(nameof(ICudaDriver.GetDeviceCount))]
    [InlineData(nameof(ICudaDriver.GetDeviceName))]
    [InlineData(nameof(ICudaDriver.GetDeviceAttribute))]
    [InlineData(nameof(ICudaDriver.RetainPrimaryContext))]
    [InlineData(nameof(ICudaDriver.SetCurrentContext))]
    [InlineData(nameof(ICudaDriver.LoadModule))]
    [InlineData(nameof(ICudaDriver.GetFunction))]
    [InlineData(nameof(ICudaDriver.SetFunctionAttribute))]
    [InlineData(nameof(ICudaDriver.Launch))]
    public void Call_ThrowsWithNameNumberAndText_WhenTheDriverFails(string call)
    {
        var driver = new FakeCudaDriver { Failure = (call, CudaResult.OutOfMemory) };

        var error = Assert.Throws<CudaException>(() => Forward(driver, length: 20_000));

        Assert.Equal(CudaResult.OutOfMemory, error.Result);
        Assert.EndsWith("CUDA_ERROR_OutOfMemory (2), text of 2", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Launch_NamesKernelShapesAndGrid_WhenItFails()
    {
        var driver = new FakeCudaDriver { Failure = (nameof(ICudaDriver.Launch), CudaResult.LaunchOutOfResources) };

        var error = Assert.Throws<CudaException>(() => Forward(driver, length: 1000));

        Assert.Equal(
            "yoso_bucket_sort (BucketSort.cu, width 64) for [1000 tokens in 1 sequences, 2 heads, 64] with 32 hashes of 9 bits with 64 blocks of 256 threads, " +
            "6176 bytes of dynamic shared memory on Fake 0: CUDA_ERROR_LaunchOutOfResources (701), text of 701",
            error.Message);
    }

    [Theory]
    [InlineData("yoso_hadamard_hash", 64)]
    [InlineData("yoso_bucket_sort", 64)]
    [InlineData("yoso_lsh_cumulation", 64)]
    [InlineData("yoso_lsh_cumulation_crowded", 8)]
    [InlineData("yoso_lsh_cumulation_gradient", 64)]
    [InlineData("yoso_lsh_cumulation_gradient_crowded", 8)]
    [InlineData("yoso_weighted_query", 64)]
    [InlineData("yoso_weighted_key", 64)]
    [InlineData("yoso_weighted_query_crowded", 4)]
    [InlineData("yoso_weighted_key_crowded", 4)]
    [InlineData("yoso_weighted_query_sampled", 500)]
    [InlineData("yoso_weighted_key_sampled", 500)]
    public void Launch_NamesTheKernelThatFails_WhicheverItIs(string kernel, int blocks)
    {
        var driver = new FakeCudaDriver { FailingKernel = kernel };
        var batch = Batch(driver, [0, 1000], 2, 64, Parameters);
        DeviceRows Rows(int number) => new(At(number), 128);
        var codes = new DeviceCodes(At(5), At(6));

        var error = Assert.Throws<CudaException>(() =>
        {
            HadamardHash.Hash(batch, At(2), Rows(3), Rows(4), codes);
            LshCumulation.Forward(batch, codes, Rows(7), Rows(8), At(9));
            foreach (var mode in Enum.GetValues<GradientMode>())
            {
                WeightedLshCumulation.Backward(mode, batch, codes, new WeightedInputs(Rows(11), Rows(12), Rows(13), Rows(14)), new WeightedOutputs(Rows(15), Rows(16), Rows(17)), 1, At(9));
            }
        });

        Assert.StartsWith($"{kernel} (", error.Message);
        Assert.Contains($" for [1000 tokens in 1 sequences, 2 heads, 64] with 32 hashes of 9 bits with {(kernel == "yoso_hadamard_hash" ? 32 : blocks)} blocks of ", error.Message);
        Assert.EndsWith("on Fake 0: CUDA_ERROR_LaunchFailed (719), text of 719", error.Message);
    }

    [Fact]
    public void Launch_IsRefused_WhenTheGridIsTooLarge()
    {
        var driver = new FakeCudaDriver();
        // One sequence of 65,000 tokens makes every item take 508 blocks a side.
        var batch = Batch(driver, [0, .. Enumerable.Repeat(65_000, 2_200_000)], 1, 64, Parameters);

        var error = Assert.Throws<CudaException>(() => HadamardHash.Hash(batch, At(2), new DeviceRows(At(3), 64), new DeviceRows(At(4), 64), new DeviceCodes(At(5), At(6))));

        Assert.StartsWith("yoso_hadamard_hash (", error.Message);
        Assert.Contains("2235200000 blocks of 128 threads", error.Message);
        Assert.EndsWith("is out of range: 2147483647 blocks at most; split the batch", error.Message);
        Assert.Empty(driver.Launches);
    }

    [Fact]
    public void Devices_AreMissing_WhenTheDriverFindsNone()
    {
        var error = Assert.Throws<CudaException>(() => CudaDevices.List(new FakeCudaDriver { Failure = (nameof(ICudaDriver.Initialize), CudaResult.NoDevice) }));

        Assert.Contains("no GPU (cuInit: CUDA_ERROR_NO_DEVICE)", error.Message);
        Assert.Empty(CudaDevices.List(new FakeCudaDriver { Devices = 0 }));
        Assert.Equal("no CUDA device 0: there are 0", Assert.Throws<CudaException>(() => On(new FakeCudaDriver { Devices = 0 })).Message);
    }

    [Fact]
    public void Resources_ThrowWithNameNumberAndText_WhenTheDriverFails()
    {
        var driver = new FakeCudaDriver { Failure = (nameof(ICudaDriver.GetFunctionAttribute), CudaResult.OutOfMemory) };

        var error = Assert.Throws<CudaException>(() => On(driver).Resources(new KernelName(new KernelUnit("BucketSort", 64), "yoso_bucket_sort")));

        Assert.StartsWith("cuFuncGetAttribute(Registers) of yoso_bucket_sort", error.Message);
        Assert.EndsWith("CUDA_ERROR_OutOfMemory (2), text of 2", error.Message);
    }

    [Fact]
    public void Load_ShowsTheDriversLog_WhenPtxDoesNotCompile()
    {
        var driver = new FakeCudaDriver { Failure = (nameof(ICudaDriver.LoadModule), CudaResult.InvalidPtx) };

        var error = Assert.Throws<CudaException>(() => Forward(driver, length: 10));

        Assert.StartsWith("loading BucketSort.w64.cubin on Fake 0 (sm_90): ptxas says: CUDA_ERROR_InvalidPtx (218)", error.Message);
    }

    [Fact]
    public void Kernels_SayHowManyDevicesThereAre_WhenTheOrdinalIsWrong()
    {
        var images = (KernelUnit _, int _) => (new CompiledUnit("", 32, "", "", "", "", []), Array.Empty<byte>());

        var error = Assert.Throws<CudaException>(() => new DeviceKernels(new FakeCudaDriver { Devices = 2 }, 2, images));

        Assert.Equal("no CUDA device 2: there are 2", error.Message);
    }

    [Fact]
    public void Launch_MakesTheContextCurrent_OnEveryThread()
    {
        var driver = new FakeCudaDriver();
        var batch = Batch(driver, [0, 100], 1, 32, Parameters);

        var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() => Forward(batch))).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());

        Assert.Equal(12, driver.Launches.Count);
        Assert.Equal(0, driver.LaunchesWithoutContext);
        Assert.Equal(2, driver.LoadedImages.Count);
    }

    [Fact]
    public void Parameters_AreRefused_WhenOutOfRange()
    {
        var driver = new FakeCudaDriver();

        Refused("got LshParameters { HashCount = 32, CodeLength = 17", () => Batch(driver, [0, 1], 1, 32, new LshParameters(32, 17)));
        Refused("got LshParameters { HashCount = 0,", () => Batch(driver, [0, 1], 1, 32, new LshParameters(0, 9)));
        Refused("head dimension of 1 to 256; got 1 heads of 257", () => Batch(driver, [0, 1], 1, 257, Parameters));
        Refused("got 0 heads of 32", () => Batch(driver, [0, 1], 0, 32, Parameters));
        Refused("offset 2 is 3 after 5", () => Batch(driver, [0, 5, 3], 1, 32, Parameters));
        Refused("begin with 0", () => Batch(driver, [1, 5], 1, 32, Parameters));
        Refused("up to 65535 tokens; sequence 1 has 65536", () => Batch(driver, [0, 1, 65_537], 1, 32, Parameters));
        Refused("of shared memory a block, Fake 0 has 232448", () => Batch(driver, [0, 1], 1, 64, new LshParameters(2000, 12)));
        Assert.Empty(driver.Launches);
    }

    [Fact]
    public void Tensors_AreRefused_WhenMisaligned()
    {
        var batch = Batch(new FakeCudaDriver(), [0, 10], 2, 40, Parameters);
        var codes = new DeviceCodes(At(5), At(6));

        Refused("value of [10 tokens in 1 sequences, 2 heads, 40] must lie at a device address that is a multiple of 16; got 0x70004", () => LshCumulation.Forward(batch, codes, new DeviceRows(At(7).Plus(4), 128), new DeviceRows(At(8), 128), At(9)));
        Refused("output of [10 tokens in 1 sequences, 2 heads, 40] needs a stride of 128 floats or more, a multiple of 4; got 80", () => LshCumulation.Forward(batch, codes, new DeviceRows(At(7), 128), new DeviceRows(At(8), 80), At(9)));
        Refused("a multiple of 4; got 130", () => LshCumulation.Forward(batch, codes, new DeviceRows(At(7), 130), new DeviceRows(At(8), 128), At(9)));
        Refused("a workspace that is aligned to 256 bytes", () => LshCumulation.Forward(batch, codes, new DeviceRows(At(7), 128), new DeviceRows(At(8), 128), At(9).Plus(16)));
        Refused("query codes and key codes", () => HadamardHash.Hash(batch, At(2), new DeviceRows(At(7), 128), new DeviceRows(At(8), 128), default));
    }

    private static void Refused(string text, Action action) => Assert.Contains(text, Assert.Throws<ArgumentException>(action).Message);

    private static void Forward(FakeCudaDriver driver, int length) => Forward(Batch(driver, [0, length], 2, 64, Parameters));

    private static void Forward(DeviceBatch batch)
    {
        var rows = new DeviceRows(At(7), batch.Plan.Items.Heads * (long)batch.Plan.Items.Width);
        LshCumulation.Forward(batch, new DeviceCodes(At(5), At(6)), rows, rows with { Data = At(8) }, At(9));
    }
}
