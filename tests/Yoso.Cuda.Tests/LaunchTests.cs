// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Cuda.Driver;
using static Yoso.Cuda.Tests.FakeKernels;

namespace Yoso.Cuda.Tests;

/// <summary>Which kernels an operation launches, on what grid, with which parameters; numbers by hand from Kernels/CONTRACT.md.</summary>
public sealed class LaunchTests
{
    private static readonly LshParameters Parameters = new(32, 9);

    [Fact]
    public void Parameters_HaveTheSizesOfTheContract()
    {
        Assert.Equal(32, Unsafe.SizeOf<YosoItems>());
        Assert.Equal(104, Unsafe.SizeOf<HadamardHashArgs>());
        Assert.Equal(112, Unsafe.SizeOf<BucketSortArgs>());
        Assert.Equal(96, Unsafe.SizeOf<LshCumulationArgs>());
        Assert.Equal(112, Unsafe.SizeOf<CrowdedCumulationArgs>());
        Assert.Equal(160, Unsafe.SizeOf<WeightedArgs>());
        Assert.Equal(160, Unsafe.SizeOf<CrowdedWeightedArgs>());
    }

    [Fact]
    public void Hash_CoversBothSidesOfTheLongestSequence()
    {
        var driver = new FakeCudaDriver();
        var batch = Batch(driver, [0, 300, 300, 310], heads: 2, headDim: 64, Parameters);

        HadamardHash.Hash(batch, At(2), new DeviceRows(At(3), 128), new DeviceRows(At(4), 384), new DeviceCodes(At(5), At(6)));

        var launch = Assert.Single(driver.Launches);
        Assert.Equal("yoso_hadamard_hash", launch.Name);
        // 6 items, ceil(300 / 128) blocks each, 2 sides; 7 codes of 9 bits a rotation of 64: 5 rotations.
        Assert.Equal(new LaunchGeometry(6 * 3 * 2, 128, 4 * ((64 * 129) + (3 * 64) + (5 * 2 * 128))), launch.Geometry);
        Assert.Equal(77, launch.Stream);
        Assert.Equal(
            new HadamardHashArgs(new YosoItems(At(1), 2, 0, 6, 3, 32, 9), At(3), At(4), At(2), At(5), At(6), 128, 384, 5, 0, 2),
            launch.Read<HadamardHashArgs>());
        Assert.Equal("HadamardHash.w64", Assert.Single(driver.LoadedImages));
    }

    [Theory]
    [InlineData(128, 5)]
    [InlineData(256, 10)]
    public void Hash_TakesFewerTokensABlock_WhenRowsAreWide(int headDim, int blocks)
    {
        var driver = new FakeCudaDriver();

        HadamardHash.Hash(Batch(driver, [0, 300], 1, headDim, Parameters), At(2), Rows(3, headDim), Rows(4, headDim), new DeviceCodes(At(5), At(6)));

        Assert.Equal(2 * blocks, Assert.Single(driver.Launches).Geometry.Blocks);
    }

    [Fact]
    public void Forward_SortsSumsAndAddsCrowdedBuckets()
    {
        var driver = new FakeCudaDriver();
        var batch = Batch(driver, [0, 1000, 1100], heads: 2, headDim: 40, Parameters);

        LshCumulation.Forward(batch, new DeviceCodes(At(5), At(6)), Rows(7, 128), Rows(8, 128), At(9));

        Assert.Equal(["yoso_bucket_sort", "yoso_lsh_cumulation", "yoso_lsh_cumulation_crowded"], driver.Launches.Select(l => l.Name));
        Assert.Equal(["BucketSort.w64", "LshCumulation.w64"], driver.LoadedImages);
        var (sort, sum, crowded) = (driver.Launches[0], driver.Launches[1], driver.Launches[2]);
        Assert.Equal(new LaunchGeometry(4 * 32, 256, (4 << 9) + 128 + (4 * 1000)), sort.Geometry);
        var codes = 32L * 2200;
        var arguments = sort.Read<BucketSortArgs>();
        Assert.Equal((At(5), At(6)), (arguments.QueryCodes, arguments.KeyCodes));
        Assert.Equal(At(9), arguments.QueryOrder);
        Assert.Equal(At(9).Plus(2 * codes), arguments.KeyOrder);
        Assert.Equal(At(9).Plus(4 * codes), arguments.QueryEntries);
        Assert.True(arguments.KeyEntries.IsNull);
        Assert.Equal(At(9).Plus(8 * codes), arguments.Crowded);
        Assert.Equal((9, 1), (arguments.RangeBits, arguments.OrderInShared));
        Assert.Equal(new LaunchGeometry(4 * 32, 256, 0), sum.Geometry);
        Assert.Equal(
            new LshCumulationArgs(new YosoItems(At(1), 2, 0, 4, 32, 32, 9), arguments.QueryEntries, arguments.KeyOrder, At(7), At(8), 128, 128, 1f / 32),
            sum.Read<LshCumulationArgs>());
        Assert.Equal(new LaunchGeometry(4 * 4, 256, 0), crowded.Geometry);
        Assert.Equal(
            new CrowdedCumulationArgs(
                new YosoItems(At(1), 2, 0, 4, 4, 32, 9), arguments.Crowded, arguments.CrowdedCounts, arguments.QueryOrder, arguments.KeyOrder, At(7), At(8), 128, 128, 1f / 32),
            crowded.Read<CrowdedCumulationArgs>());
    }

    [Fact]
    public void ValueGradient_SwapsTheSides()
    {
        var driver = new FakeCudaDriver();

        LshCumulationGradient.Backward(Batch(driver, [0, 100], 1, 32, Parameters), new DeviceCodes(At(5), At(6)), Rows(7, 32), Rows(8, 32), At(9));

        Assert.Equal(["yoso_bucket_sort", "yoso_lsh_cumulation_gradient", "yoso_lsh_cumulation_gradient_crowded"], driver.Launches.Select(l => l.Name));
        var sort = driver.Launches[0].Read<BucketSortArgs>();
        var sum = driver.Launches[1].Read<LshCumulationArgs>();
        Assert.Equal((sort.KeyEntries, sort.QueryOrder), (sum.Entries, sum.Order));
        Assert.False(sort.KeyEntries.IsNull);
    }

    [Fact]
    public void LowerBound_LaunchesBothSides_AndSumsTheValueGradientWithTheKeys()
    {
        var driver = new FakeCudaDriver();

        Backward(driver, GradientMode.LowerBound);

        Assert.Equal(
            ["yoso_bucket_sort", "yoso_weighted_query", "yoso_weighted_key", "yoso_weighted_query_crowded", "yoso_weighted_key_crowded"], driver.Launches.Select(l => l.Name));
        var sort = driver.Launches[0].Read<BucketSortArgs>();
        var (query, key) = (driver.Launches[1].Read<WeightedArgs>(), driver.Launches[2].Read<WeightedArgs>());
        Assert.Equal((sort.QueryEntries, sort.KeyOrder), (query.Entries, query.Order));
        Assert.Equal((sort.KeyEntries, sort.QueryOrder), (key.Entries, key.Order));
        Assert.Equal(new WeightedRows(At(14), At(13), At(12), At(15), default, 64, 60, 56, 68, 0, 9 / 64f, 1f / 32), query.Rows);
        Assert.Equal(new WeightedRows(At(13), At(14), At(11), At(16), At(17), 60, 64, 52, 72, 76, 9 / 64f, 1f / 32), key.Rows);
        Assert.Equal((query.Rows, key.Rows), (driver.Launches[3].Read<CrowdedWeightedArgs>().Rows, driver.Launches[4].Read<CrowdedWeightedArgs>().Rows));
        Assert.Equal(new LaunchGeometry(4, 256, 0), driver.Launches[1].Geometry);
        Assert.Equal(new LaunchGeometry(1, 256, 0), driver.Launches[3].Geometry);
    }

    [Fact]
    public void Sampled_SumsTheValueGradientFirst_AndSortsAgainWithoutCrowdedBuckets()
    {
        var driver = new FakeCudaDriver();

        Backward(driver, GradientMode.Sampled);

        Assert.Equal(
            ["yoso_bucket_sort", "yoso_lsh_cumulation_gradient", "yoso_lsh_cumulation_gradient_crowded", "yoso_bucket_sort", "yoso_weighted_query_sampled", "yoso_weighted_key_sampled"],
            driver.Launches.Select(l => l.Name));
        Assert.Equal((At(14), At(17)), (driver.Launches[1].Read<LshCumulationArgs>().Rows, driver.Launches[1].Read<LshCumulationArgs>().Output));
        var second = driver.Launches[3].Read<BucketSortArgs>();
        Assert.True(second.Crowded.IsNull && second.CrowdedCounts.IsNull && !second.QueryEntries.IsNull && !second.KeyEntries.IsNull);
        var (query, key) = (driver.Launches[4].Read<WeightedArgs>(), driver.Launches[5].Read<WeightedArgs>());
        Assert.Equal((At(11), 52, 4242u), (query.Own, query.OwnStride, query.Rows.SampleSeed));
        Assert.Equal((At(12), 56, 4242u), (key.Own, key.OwnStride, key.Rows.SampleSeed));
        Assert.True(query.Rows.Sums.IsNull && key.Rows.Sums.IsNull);
        Assert.Equal(new LaunchGeometry(25, 128, 0), driver.Launches[4].Geometry);
    }

    [Fact]
    public void Sort_LeavesTheOrderInGlobalMemory_WhenSharedMemoryIsTooSmall()
    {
        var driver = new FakeCudaDriver { MaxSharedBytes = 101_376 };
        var batch = Batch(driver, [0, 16_385], 1, 32, new LshParameters(4, 15));

        Assert.Throws<CudaException>(() => LshCumulation.Forward(batch, new DeviceCodes(At(5), At(6)), Rows(7, 32), Rows(8, 32), At(9)));
        driver = new FakeCudaDriver { MaxSharedBytes = 166_912 };
        batch = Batch(driver, [0, 16_385], 1, 32, new LshParameters(4, 15));
        LshCumulation.Forward(batch, new DeviceCodes(At(5), At(6)), Rows(7, 32), Rows(8, 32), At(9));

        Assert.Equal(0, driver.Launches[0].Read<BucketSortArgs>().OrderInShared);
        Assert.Equal(new LaunchGeometry(4, 1024, (4 << 15) + 128), driver.Launches[0].Geometry);
        Assert.Equal(("yoso_bucket_sort", (4 << 15) + 128), Assert.Single(driver.DynamicShared));
    }

    [Fact]
    public void Groups_CoverEveryItemOnce_WhenTheWorkspaceIsSmall()
    {
        var driver = new FakeCudaDriver();
        var batch = Batch(driver, [0, 100, 100, 350, 360], heads: 3, headDim: 32, Parameters, limit: 200_000);

        LshCumulation.Forward(batch, new DeviceCodes(At(5), At(6)), Rows(7, 96), Rows(8, 96), At(9));

        var groups = driver.Launches.Where(l => l.Name == "yoso_lsh_cumulation").Select(l => l.Read<LshCumulationArgs>().Items).ToArray();
        Assert.True(groups.Length > 3);
        Assert.Equal(0, groups[0].FirstItem);
        Assert.All(groups.Zip(groups.Skip(1)), p => Assert.Equal(p.First.FirstItem + p.First.ItemCount, p.Second.FirstItem));
        Assert.Equal(12, groups[^1].FirstItem + groups[^1].ItemCount);
        Assert.True(batch.Plan.BackwardWorkspaceBytes <= 200_000);
        Assert.True(batch.Plan.ForwardWorkspaceBytes < batch.Plan.BackwardWorkspaceBytes);
    }

    [Fact]
    public void EmptyBatch_LaunchesNothing()
    {
        var driver = new FakeCudaDriver();
        var batch = Batch(driver, [0, 0, 0], 2, 32, Parameters);

        HadamardHash.Hash(batch, default, default, default, default);
        LshCumulation.Forward(batch, default, default, default, default);
        WeightedLshCumulation.Backward(GradientMode.Sampled, batch, default, default, default, 0, default);

        Assert.Empty(driver.Launches);
    }

    private static DeviceRows Rows(int number, int stride) => new(At(number), stride);

    private static void Backward(FakeCudaDriver driver, GradientMode mode) => WeightedLshCumulation.Backward(
        mode,
        Batch(driver, [0, 100], 1, 32, Parameters),
        new DeviceCodes(At(5), At(6)),
        new WeightedInputs(Rows(11, 52), Rows(12, 56), Rows(13, 60), Rows(14, 64)),
        new WeightedOutputs(Rows(15, 68), Rows(16, 72), Rows(17, 76)),
        4242,
        At(9));
}
