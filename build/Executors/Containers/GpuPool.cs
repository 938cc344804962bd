// SPDX-License-Identifier: MIT
namespace Executors;

/// <summary>Hands out GPU numbers, so that jobs that run side by side have different ones.</summary>
internal sealed class GpuPool(IEnumerable<string> devices)
{
    private readonly SortedSet<string> _free = new(devices, Comparer<string>.Create((a, b) => a.Length != b.Length ? a.Length - b.Length : string.CompareOrdinal(a, b)));
    private readonly Queue<(int Count, TaskCompletionSource<IReadOnlyList<string>> Got)> _waiting = new();

    public int Total { get; } = devices.Count();

    /// <summary>The numbers of this machine's GPUs.</summary>
    public static IReadOnlyList<string> Here(ICommands commands)
    {
        var list = commands.Run("nvidia-smi", "--query-gpu=index", "--format=csv,noheader");
        return list.ExitCode == 0 ? [.. list.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)] : [];
    }

    /// <summary>Waits, first come first served, until so many are free.</summary>
    public Task<IReadOnlyList<string>> Take(int count, CancellationToken cancellationToken)
    {
        if (count > Total)
        {
            throw new ExecutorFailure($"a job asks for {count} GPUs, this machine has {Total}: lower gpus in the resources file");
        }

        var got = new TaskCompletionSource<IReadOnlyList<string>>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_free)
        {
            _waiting.Enqueue((count, got));
            Serve();
        }

        return got.Task.WaitAsync(cancellationToken);
    }

    public void Return(IReadOnlyList<string> taken)
    {
        lock (_free)
        {
            _free.UnionWith(taken);
            Serve();
        }
    }

    private void Serve()
    {
        while (_waiting.TryPeek(out var first) && first.Count <= _free.Count)
        {
            _waiting.Dequeue();
            string[] given = [.. _free.Take(first.Count)];
            _free.ExceptWith(given);
            first.Got.SetResult(given);
        }
    }
}
