// SPDX-License-Identifier: MIT
using System.Text;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace Executors;

/// <summary>
/// The lines of a container, while it runs and to its end. An engine that is asked to follow loses a last line without newline two
/// times in three, so after the end the log is read once more and what had not come is added.
/// </summary>
internal sealed class ContainerLog(IContainerOperations containers, string id, Action<string> show)
{
    private readonly LineSplitter _output = new(show);
    private readonly LineSplitter _errors = new(show);

    /// <summary>Ends when the container does, or when the engine closes the connection.</summary>
    public async Task Follow(CancellationToken cancellationToken)
    {
        try
        {
            await Read(follow: true, _output.Add, _errors.Add, cancellationToken);
        }
        catch (Exception e) when (DockerErrors.IsDocker(e) || e is EndOfStreamException)
        {
            // Complete reads what is missing, or meets the same trouble and says so.
        }
    }

    /// <summary>After the container's end.</summary>
    public async Task Complete(CancellationToken cancellationToken)
    {
        var (output, errors) = (_output.Seen, _errors.Seen);
        await Read(follow: false, bytes => AddRest(_output, bytes, ref output), bytes => AddRest(_errors, bytes, ref errors), cancellationToken);
        _output.End();
        _errors.End();
    }

    private static void AddRest(LineSplitter lines, ReadOnlySpan<byte> bytes, ref long known)
    {
        var skip = (int)Math.Min(known, bytes.Length);
        known -= skip;
        lines.Add(bytes[skip..]);
    }

    private delegate void Sink(ReadOnlySpan<byte> bytes);

    private async Task Read(bool follow, Sink output, Sink errors, CancellationToken cancellationToken)
    {
        using var stream = await containers.GetContainerLogsAsync(id, new ContainerLogsParameters { ShowStdout = true, ShowStderr = true, Follow = follow }, cancellationToken);
        var buffer = new byte[1 << 16];
        while (true)
        {
            var read = await stream.ReadOutputAsync(buffer, 0, buffer.Length, cancellationToken);
            if (read.EOF)
            {
                return;
            }

            (read.Target == MultiplexedStream.TargetStream.StandardError ? errors : output)(buffer.AsSpan(0, read.Count));
        }
    }
}

/// <summary>Bytes of one stream in, whole lines out.</summary>
internal sealed class LineSplitter(Action<string> show)
{
    private readonly MemoryStream _line = new();

    /// <summary>Bytes that have come.</summary>
    public long Seen { get; private set; }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        Seen += bytes.Length;
        while (bytes.IndexOf((byte)'\n') is var end and >= 0)
        {
            _line.Write(bytes[..end]);
            Emit();
            bytes = bytes[(end + 1)..];
        }

        _line.Write(bytes);
    }

    /// <summary>A last line may lack its newline.</summary>
    public void End()
    {
        if (_line.Length > 0)
        {
            Emit();
        }
    }

    private void Emit()
    {
        show(Encoding.UTF8.GetString(_line.GetBuffer(), 0, (int)_line.Length).TrimEnd('\r'));
        _line.SetLength(0);
    }
}
