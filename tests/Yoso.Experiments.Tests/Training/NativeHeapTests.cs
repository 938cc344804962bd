// SPDX-License-Identifier: MIT
using Yoso.Experiments.Training;

namespace Yoso.Experiments.Tests.Training;

public sealed class NativeHeapTests
{
    private const long Mebibyte = 1 << 20;

    [Fact]
    public void AfterStep_OfAProcessThatGrowsWithoutEnd_TrimsBeforeItHasGrownByMoreThanItsShare()
    {
        var (resident, highest, trims) = (500 * Mebibyte, 0L, 0);
        var heap = new NativeHeap(() => resident, () => (resident, trims) = (300 * Mebibyte, trims + 1));

        for (var step = 0; step < 1000; step++)
        {
            resident += 20 * Mebibyte;
            highest = Math.Max(highest, resident);
            heap.AfterStep();
        }

        // Four settling steps from 500 MiB, a quarter and 64 MiB more, and the step that crosses.
        Assert.InRange(highest, 0, (long)(1.25 * 580 * Mebibyte) + (84 * Mebibyte));
        Assert.InRange(trims, 30, 100);
    }

    [Fact]
    public void AfterStep_OfASteadyProcess_LeavesItsMemoryAlone()
    {
        var trims = 0;
        var step = 0;
        var heap = new NativeHeap(() => (1000 + (step % 7 * 30)) * Mebibyte, () => trims++);

        for (; step < 200; step++)
        {
            heap.AfterStep();
        }

        Assert.Equal(0, trims);
    }
}
