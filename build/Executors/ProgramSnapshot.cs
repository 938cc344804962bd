// SPDX-License-Identifier: MIT
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Executors;

/// <summary>
/// The program as published for jobs elsewhere: output/program/&lt;digest&gt;/, made once per build and never changed, so that a new build
/// of the checkout cannot change jobs that run for days.
/// </summary>
/// <param name="Assembly">yoso.dll in the folder.</param>
/// <param name="LibTorch">Folder of libtorch outside of it (the package cache), null when it lies inside.</param>
internal sealed record ProgramSnapshot(string Assembly, string? LibTorch)
{
    /// <summary>Reading gigabytes of libtorch at each start would take longer than a smoke job; its size and time tell versions apart.</summary>
    private const long LargestRead = 64L << 20;

    public string Folder => Path.GetDirectoryName(Assembly)!;

    public static ProgramSnapshot Publish(string assembly, string output)
    {
        var source = Path.GetDirectoryName(assembly)!;
        var folder = Path.Combine(output, "program", Digest(source)[..12]);
        var published = Path.Combine(folder, Path.GetFileName(assembly));
        if (!Directory.Exists(folder))
        {
            var partial = $"{folder}.{Environment.MachineName}-{Environment.ProcessId}.partial";
            CopyWhole(source, partial);
            try
            {
                Directory.Move(partial, folder);
            }
            catch (IOException) when (Directory.Exists(folder))
            {
                Directory.Delete(partial, recursive: true); // another build was faster
            }
        }

        return new ProgramSnapshot(published, LibTorchFolder(published));
    }

    private static string? LibTorchFolder(string assembly)
    {
        var settings = Path.ChangeExtension(assembly, ".runtimeconfig.json");
        return File.Exists(settings) ? (string?)JsonNode.Parse(File.ReadAllText(settings))?["runtimeOptions"]?["configProperties"]?["Yoso.LibTorchFolder"] : null;
    }

    private static void CopyWhole(string source, string target)
    {
        try
        {
            Copy(source, target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (Directory.Exists(target))
            {
                Directory.Delete(target, recursive: true);
            }

            throw new ExecutorFailure($"the program cannot be copied to {Path.GetDirectoryName(target)}: {e.Message.Split('\n')[0]}: free space there, or name another folder with --output", e);
        }
    }

    private static void Copy(string source, string target)
    {
        if (Directory.Exists(target))
        {
            Directory.Delete(target, recursive: true);
        }

        foreach (var file in Files(source))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private static string Digest(string folder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[8];
        foreach (var file in Files(folder))
        {
            var info = new FileInfo(file);
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetRelativePath(folder, file).Replace('\\', '/') + "\n"));
            BinaryPrimitives.WriteInt64LittleEndian(number, info.Length > LargestRead ? info.LastWriteTimeUtc.Ticks : info.Length);
            hash.AppendData(number);
            if (info.Length <= LargestRead)
            {
                hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal);
}
