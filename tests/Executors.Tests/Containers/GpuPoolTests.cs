// SPDX-License-Identifier: MIT
using Executors;

namespace ExecutorsTests;

public sealed class GpuPoolTests
{
    [Fact]
    public async Task Take_Waits_UntilEnoughAreReturned()
    {
        var pool = new GpuPool(["0", "1", "10", "2"]);
        var first = await pool.Take(3, CancellationToken.None);
        var big = pool.Take(2, CancellationToken.None);
        var small = pool.Take(1, CancellationToken.None);
        Assert.False(big.IsCompleted || small.IsCompleted); // first come, first served, though one is free

        pool.Return(first);

        Assert.Equal(["0", "1", "2"], first);
        Assert.Equal(["0", "1"], await big);
        Assert.Equal(["2"], await small);
    }

    [Fact]
    public async Task Take_SaysWhatToLower_WhenTheMachineHasFewer()
    {
        var problem = await Assert.ThrowsAsync<ExecutorFailure>(() => new GpuPool(["0"]).Take(2, CancellationToken.None));

        Assert.Equal("a job asks for 2 GPUs, this machine has 1: lower gpus in the resources file", problem.Message);
    }
}
