// SPDX-License-Identifier: MIT
using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace Yoso.Models.Autograd;

/// <summary>Runs backward passes so that an exception of a custom gradient reaches the caller and its tensors are freed.</summary>
/// <remarks>
/// An exception that leaves a managed gradient crosses native frames and ends the process; and gradients made on the autograd
/// engine's own thread (CUDA graphs) belong to no dispose scope. <see cref="SafeFunction{TSelf, TArguments}"/> therefore hands
/// both to the pass that is running, and passes run one at a time.
/// </remarks>
public static class AutogradRunner
{
    private static readonly Lock Gate = new();
    private static volatile Pass? _running;
    private static ExceptionDispatchInfo? _unobserved;

    /// <summary>Accumulates the gradients of a scalar <paramref name="loss"/>; rethrows what a custom gradient threw.</summary>
    public static void Backward(Tensor loss)
    {
        lock (Gate)
        {
            // Left by a pass that was started without this method: too late is better than never.
            Interlocked.Exchange(ref _unobserved, null)?.Throw();
            var pass = new Pass();
            _running = pass;
            try
            {
                loss.backward();
            }
            finally
            {
                _running = null;
                pass.FreeGradients();
            }

            pass.Error?.Throw();
        }
    }

    /// <summary>
    /// Native code reads the gradients after the managed method returned: they live until the same thread calls the next managed
    /// gradient, by when the engine has taken them over, or until the pass ends.
    /// </summary>
    internal static void KeepUntilTaken(Tensor gradient) => _running?.Gradients.GetOrAdd(Environment.CurrentManagedThreadId, static _ => []).Add(gradient);

    /// <summary>Frees what <see cref="KeepUntilTaken"/> has kept of this thread.</summary>
    internal static void FreeTaken()
    {
        if (_running is { } pass && pass.Gradients.TryGetValue(Environment.CurrentManagedThreadId, out var taken))
        {
            Pass.Free(taken);
        }
    }

    internal static void Fail(Exception error)
    {
        var captured = ExceptionDispatchInfo.Capture(error);
        if (_running is { } pass)
        {
            // The first failure is the cause, later ones follow from its missing gradients.
            Interlocked.CompareExchange(ref pass.Error, captured, null);
        }
        else
        {
            Interlocked.CompareExchange(ref _unobserved, captured, null);
        }
    }

    private sealed class Pass
    {
        /// <summary>By thread; each list is its thread's alone while the pass runs.</summary>
        public readonly ConcurrentDictionary<int, List<Tensor>> Gradients = new();
        public ExceptionDispatchInfo? Error;

        public void FreeGradients()
        {
            foreach (var gradients in Gradients.Values)
            {
                Free(gradients);
            }
        }

        public static void Free(List<Tensor> gradients)
        {
            gradients.ForEach(g => g.Dispose());
            gradients.Clear();
        }
    }
}
