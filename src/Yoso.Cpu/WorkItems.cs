// SPDX-License-Identifier: MIT
namespace Yoso.Cpu;

/// <summary>
/// Runs independent work items on several threads. Every item is computed by one thread in a fixed order of operations
/// and writes only its own outputs, so results do not depend on the number of threads.
/// </summary>
internal static class WorkItems
{
    /// <param name="order">Items in the order in which they are taken.</param>
    /// <param name="threads">Workers, from 1; more than there are items is the same as one an item.</param>
    internal static void Run(ReadOnlyMemory<int> order, int threads, Action<int, Scratch> item)
    {
        if (threads < 1)
        {
            throw new ArgumentException($"The number of threads must be at least 1; got {threads}.");
        }

        var next = -1;
        void Work()
        {
            var scratch = Scratch.Rent();
            try
            {
                int position;
                while ((position = Interlocked.Increment(ref next)) < order.Length)
                {
                    scratch.Reset();
                    item(order.Span[position], scratch);
                }
            }
            finally
            {
                scratch.Return();
            }
        }

        var workers = Math.Min(threads, order.Length);
        if (workers <= 1)
        {
            Work();
            return;
        }

        Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, _ => Work());
    }
}
