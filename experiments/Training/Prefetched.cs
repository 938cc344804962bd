// SPDX-License-Identifier: MIT
using System.Collections.Concurrent;
using System.Diagnostics;

namespace Yoso.Experiments.Training;

/// <summary>
/// Numbered items made ahead on a thread of their own, in order. They are functions of their number alone, so asking for another
/// than the next one (after a resume) only starts the thread there; nothing depends on timing.
/// </summary>
/// <param name="make">Makes item n; called from the thread only, one at a time.</param>
/// <param name="ahead">Items that may wait to be taken.</param>
internal sealed class Prefetched<T>(Func<int, T> make, int ahead = 2) : IDisposable
{
    private CancellationTokenSource? _stop;
    private BlockingCollection<(int Number, T? Item, Exception? Error)>? _ready;
    private Thread? _thread;
    private int _next = -1;

    /// <summary>Time that <see cref="Take"/> has waited for an item that was not ready.</summary>
    public TimeSpan Waited { get; private set; }

    /// <exception cref="Exception">What making this item threw.</exception>
    public T Take(int number)
    {
        if (number != _next)
        {
            Start(number);
        }

        var start = Stopwatch.GetTimestamp();
        var (_, item, error) = _ready!.Take();
        Waited += Stopwatch.GetElapsedTime(start);
        if (error is not null)
        {
            Stop();
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
        }

        _next = number + 1;
        return item!;
    }

    private void Start(int first)
    {
        Stop();
        var (stop, ready) = (new CancellationTokenSource(), new BlockingCollection<(int, T?, Exception?)>(ahead));
        (_stop, _ready) = (stop, ready);
        _thread = new Thread(() => Fill(first, ready, stop.Token)) { IsBackground = true, Name = "batches" };
        _thread.Start();
    }

    private void Fill(int number, BlockingCollection<(int, T?, Exception?)> ready, CancellationToken stop)
    {
        try
        {
            for (; ; number++)
            {
                try
                {
                    ready.Add((number, make(number), null), stop);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    ready.Add((number, default, e), stop);
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody takes the rest.
        }
    }

    private void Stop()
    {
        _stop?.Cancel();
        _thread?.Join();
        _ready?.Dispose();
        _stop?.Dispose();
        (_stop, _ready, _thread, _next) = (null, null, null, -1);
    }

    public void Dispose() => Stop();
}
