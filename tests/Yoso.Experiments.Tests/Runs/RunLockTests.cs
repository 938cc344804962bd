// SPDX-License-Identifier: MIT
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Tests.Runs;

public sealed class RunLockTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("yoso-lock-");

    [Fact]
    public void TryAcquire_IsRefused_WhileSomebodyHoldsIt()
    {
        using (RunLock.TryAcquire(_folder.FullName, TimeProvider.System))
        {
            Assert.Null(RunLock.TryAcquire(_folder.FullName, TimeProvider.System));
        }

        using var again = RunLock.TryAcquire(_folder.FullName, TimeProvider.System);
        Assert.NotNull(again);
    }

    [Fact]
    public async Task Acquire_SaysWhoItWaitsForOnce_AndGoesOnWhenTheOwnerIsGone()
    {
        var owner = RunLock.TryAcquire(_folder.FullName, TimeProvider.System)!;
        var said = new List<string>();
        var waiting = Task.Run(() =>
        {
            using var held = RunLock.Acquire(_folder.FullName, TimeProvider.System, said.Add, TestContext.Current.CancellationToken);
        }, TestContext.Current.CancellationToken);
        while (said.Count == 0)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        owner.Dispose();
        await waiting;

        Assert.Contains($"process {Environment.ProcessId} on {Environment.MachineName}", Assert.Single(said), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
