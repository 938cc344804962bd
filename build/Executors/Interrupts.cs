// SPDX-License-Identifier: MIT
using System.Runtime.InteropServices;

namespace Executors;

/// <summary>Ctrl+C and requests to end, as a cancellation for work in this process.</summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    public Interrupts()
    {
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(s => PosixSignalRegistration.Create(s, Stop))];
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Only a person at the keyboard sends this one; the others come from a lost terminal or a machine that goes down.</summary>
    public bool ByKeyboard { get; private set; }

    public void Dispose()
    {
        Array.ForEach(_registrations, r => r.Dispose());
        _source.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        ByKeyboard |= context.Signal == PosixSignal.SIGINT;
        ChildProcess.NoteInterrupt();
        _source.Cancel();
    }
}
