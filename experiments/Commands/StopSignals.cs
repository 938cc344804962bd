// SPDX-License-Identifier: MIT
using System.Runtime.InteropServices;

namespace Yoso.Experiments.Commands;

/// <summary>
/// Ctrl+C and requests to end, as a cancellation: a run writes its checkpoint and ends. A second signal asks for the same - docker stop,
/// scancel and a terminal send several - where the command line package's own handling aborts the process. A third Ctrl+C ends it at once.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _interrupts;

    public StopSignals() => _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop)];

    public CancellationToken Token => _source.Token;

    /// <summary>The source stays: a signal may be in its handler.</summary>
    public void Dispose() => Array.ForEach(_registrations, r => r.Dispose());

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = context.Signal != PosixSignal.SIGINT || Interlocked.Increment(ref _interrupts) < 3;
        _source.Cancel();
    }
}
