// SPDX-License-Identifier: MIT
using System.Globalization;

namespace Yoso.Experiments.Runs;

/// <summary>
/// One process per key. The lock is an open file handle that the system releases with its owner, so a dead owner never blocks;
/// the text beside it (PID, host, start) tells who is waited for.
/// </summary>
internal sealed class RunLock : IDisposable
{
    private readonly FileStream _handle;

    private RunLock(FileStream handle) => _handle = handle;

    /// <summary>Takes the lock of a run folder, waiting for its owner; <paramref name="waiting"/> is called once with who that is.</summary>
    public static RunLock Acquire(string folder, TimeProvider time, Action<string> waiting, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        for (var attempt = 0; ; attempt++)
        {
            if (TryAcquire(folder, time) is { } held)
            {
                return held;
            }

            if (attempt == 1)
            {
                // Not at the first attempt: the owner writes its name just after it took the lock.
                waiting($"waiting for {Owner(folder)}, which runs the same job");
            }

            cancellationToken.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(250));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    public static RunLock? TryAcquire(string folder, TimeProvider time)
    {
        try
        {
            var handle = new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(
                Path.Combine(folder, "lock.owner"),
                string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName} since {time.GetUtcNow():yyyy-MM-dd HH:mm:ss}Z"));
            return new RunLock(handle);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException) && File.Exists(Path.Combine(folder, "lock")) && !IsDiskFull(e))
        {
            return null;
        }
    }

    private static bool IsDiskFull(IOException e) => e.Message.Contains("No space left", StringComparison.Ordinal) || (e.HResult & 0xffff) is 28 or 112;

    private static string Owner(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "lock.owner"));
        }
        catch (IOException)
        {
            return "another process";
        }
    }

    public void Dispose() => _handle.Dispose();
}
