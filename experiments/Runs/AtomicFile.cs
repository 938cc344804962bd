// SPDX-License-Identifier: MIT
namespace Yoso.Experiments.Runs;

/// <summary>Files that are there whole or not at all, whenever the process or the machine dies.</summary>
internal static class AtomicFile
{
    /// <summary>Writes beside the final name, flushes to the disk, then renames. On failure the partial file is removed and any earlier file stays.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        var partial = $"{path}.{Environment.MachineName}-{Environment.ProcessId}.partial"; // on shared folders process numbers meet
        try
        {
            using (var stream = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(partial);
            throw new IOException($"cannot write {path}: {e.Message} Check free space and permissions; what was there before is untouched.", e);
        }
        catch
        {
            TryDelete(partial);
            throw;
        }
    }

    public static void WriteText(string path, string text) => Write(path, s => s.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (IOException)
        {
            // The first error is the one to report.
        }
    }
}
