// SPDX-License-Identifier: MIT
using System.Security.Cryptography;
using Yoso.Data;

namespace Yoso.Data.Tests;

public sealed class FileDigestMemoryTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("yoso-digests-");

    [Fact]
    public void Digest_ReadsAFileOnce_AndAgainWhenItChanged()
    {
        var (path, memory) = (Path.Combine(_folder.FullName, "big"), Path.Combine(_folder.FullName, "memory.json"));
        File.WriteAllBytes(path, new byte[2 << 20]);
        var first = new FileDigestMemory(memory).Digest(path);

        // The same size and times with other content: a memory does not look, which shows that it did not read.
        var stamp = File.GetLastWriteTimeUtc(path);
        using (var stream = new FileStream(path, FileMode.Open))
        {
            stream.WriteByte(1);
        }

        File.SetLastWriteTimeUtc(path, stamp);
        Assert.Equal(first, new FileDigestMemory(memory).Digest(path));

        File.SetLastWriteTimeUtc(path, stamp.AddSeconds(1));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))), new FileDigestMemory(memory).Digest(path));
    }

    [Fact]
    public void Digest_IsRight_WhenTheMemoryIsDamaged()
    {
        var (path, memory) = (Path.Combine(_folder.FullName, "big"), Path.Combine(_folder.FullName, "memory.json"));
        File.WriteAllBytes(path, new byte[2 << 20]);
        File.WriteAllText(memory, "{ torn");

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(new byte[2 << 20])), new FileDigestMemory(memory).Digest(path));
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
