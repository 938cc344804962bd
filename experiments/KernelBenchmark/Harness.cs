// SPDX-License-Identifier: MIT
namespace Yoso.Experiments.KernelBenchmark;

/// <summary>What is timed. M and Tau are null where the implementation has no hashes.</summary>
/// <param name="Operation">hash, forward (with the hash) or forward+backward.</param>
internal sealed record BenchCase(string Implementation, string Operation, string Input, int N, int D, int? M, int? Tau);

/// <summary>One timed case; times in milliseconds a call.</summary>
/// <param name="Median">Of the samples, wall time.</param>
/// <param name="Spread">Third less first quartile.</param>
/// <param name="Cpu">Median processor time of the process divided by its threads: what the call costs when others use the machine.</param>
/// <param name="Samples">One of each round.</param>
/// <param name="Calls">A sample is the mean of so many calls.</param>
internal sealed record BenchRow(BenchCase Case, int Threads, double Median, double First, double Third, double Cpu, int Samples, int Calls)
{
    public double Spread => Third - First;
}

/// <summary>A case and the code that runs it once.</summary>
internal sealed record Contender(BenchCase Case, Action Run);

/// <summary>How long measuring may take.</summary>
/// <param name="WarmUpSeconds">Calls before anything counts, at least three.</param>
/// <param name="SampleSeconds">Shorter calls are repeated up to this and averaged, so that the clock's grain does not matter.</param>
/// <param name="CaseSeconds">Aimed at for all samples of a case.</param>
/// <param name="Fewest">Samples, whatever they take.</param>
/// <param name="Most">Samples at most.</param>
internal sealed record HarnessOptions(double WarmUpSeconds, double SampleSeconds, double CaseSeconds, int Fewest, int Most);

/// <summary>
/// Times several cases in one process, in turns: a disturbance from outside then hits all of them and hardly moves their ratios.
/// </summary>
internal sealed class Harness(HarnessOptions options, int threads, TimeProvider clock, Func<TimeSpan> cpuTime)
{
    /// <summary>A first call this long needs no warm-up and counts as the first sample.</summary>
    private const double LongCall = 1.5;

    /// <summary>Calls this long are timed twice only, so that a run ends in minutes.</summary>
    private const double VeryLongCall = 5;

    public IReadOnlyList<BenchRow> Measure(IReadOnlyList<Contender> contenders)
    {
        var plans = contenders.Select(Prepare).ToArray();
        var rounds = plans.Max(p => p.Rounds);
        for (var round = 0; round < rounds; round++)
        {
            // Tensors that only a finaliser frees would else pile up: fresh pages for some cases, at the cost of all.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            for (var i = 0; i < plans.Length; i++)
            {
                // Another first one each round, so that no case always follows the same neighbour's caches and frequency.
                var plan = plans[(i + round) % plans.Length];

                // Cases with fewer rounds are spread over all of them.
                if ((round + 1) * plan.Rounds / rounds > round * plan.Rounds / rounds)
                {
                    plan.Take(Time(plan.Contender.Run, plan.Calls));
                }
            }
        }

        return [.. plans.Select(p => p.Row(threads))];
    }

    private Plan Prepare(Contender contender)
    {
        var first = Time(contender.Run, 1);
        if (first.Wall > LongCall)
        {
            var counted = new Plan(contender, 1, first.Wall > VeryLongCall ? 1 : Math.Max(1, options.Fewest - 1));
            counted.Take(first);
            return counted;
        }

        var (spent, last) = (0.0, first.Wall);
        for (var calls = 1; calls < 3 || spent < options.WarmUpSeconds; calls++)
        {
            last = Time(contender.Run, 1).Wall;
            spent += last;
        }

        var repeats = (int)Math.Clamp(Math.Ceiling(options.SampleSeconds / Math.Max(last, 1e-7)), 1, 10_000);
        var rounds = (int)Math.Clamp(options.CaseSeconds / Math.Max(last * repeats, 1e-7), options.Fewest, options.Most);
        return new Plan(contender, repeats, rounds);
    }

    private (double Wall, double Cpu) Time(Action run, int calls)
    {
        var (start, cpuStart) = (clock.GetTimestamp(), cpuTime());
        for (var call = 0; call < calls; call++)
        {
            run();
        }

        return (clock.GetElapsedTime(start).TotalSeconds / calls, (cpuTime() - cpuStart).TotalSeconds / calls / threads);
    }

    private sealed class Plan(Contender contender, int calls, int rounds)
    {
        private readonly List<double> _wall = [], _cpu = [];

        public Contender Contender { get; } = contender;

        public int Calls { get; } = calls;

        public int Rounds { get; } = rounds;

        public void Take((double Wall, double Cpu) sample)
        {
            _wall.Add(sample.Wall * 1e3);
            _cpu.Add(sample.Cpu * 1e3);
        }

        public BenchRow Row(int threads)
        {
            var (first, third) = BenchStatistics.Quartiles(_wall);
            return new BenchRow(Contender.Case, threads, BenchStatistics.Median(_wall), first, third, BenchStatistics.Median(_cpu), _wall.Count, Calls);
        }
    }
}
