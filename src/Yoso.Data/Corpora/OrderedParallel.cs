// SPDX-License-Identifier: MIT
using System.Runtime.ExceptionServices;

namespace Yoso.Data.Corpora;

/// <summary>Work on a sequence in several threads, with the results in the order of the sequence.</summary>
internal static class OrderedParallel
{
    /// <summary>
    /// Results in order. At most 2 · threads items are in flight, whatever the length of the sequence. Where the sequence or an
    /// item fails, the results before it come first.
    /// </summary>
    internal static IEnumerable<TResult> Select<T, TResult>(IEnumerable<T> items, Func<T, TResult> work, int threads, CancellationToken cancellation)
    {
        using var slots = new SemaphoreSlim(threads);
        var waiting = new Queue<Task<TResult>>();
        try
        {
            using var source = items.GetEnumerator();
            ExceptionDispatchInfo? failure;
            while (Advance(source, out failure))
            {
                cancellation.ThrowIfCancellationRequested();
                waiting.Enqueue(Run(source.Current));
                if (waiting.Count >= 2 * threads) yield return waiting.Dequeue().GetAwaiter().GetResult();
            }
            while (waiting.TryDequeue(out var task)) yield return task.GetAwaiter().GetResult();
            failure?.Throw();
        }
        finally
        {
            // Nobody may use the semaphore after it is gone; errors of results that nobody asked for are of no interest.
            foreach (var task in waiting) ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
        }

        static bool Advance(IEnumerator<T> source, out ExceptionDispatchInfo? failure)
        {
            failure = null;
            try
            {
                return source.MoveNext();
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                failure = ExceptionDispatchInfo.Capture(e);
                return false;
            }
        }

        Task<TResult> Run(T item) => Task.Run(
            () =>
            {
                slots.Wait(CancellationToken.None);
                try
                {
                    return work(item);
                }
                finally
                {
                    slots.Release();
                }
            },
            CancellationToken.None);
    }
}
