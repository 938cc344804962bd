// SPDX-License-Identifier: MIT
using System.Buffers.Binary;
using System.IO.Compression;

namespace Yoso.Data.Images;

/// <summary>The idx format of MNIST and its successors, gzipped, unsigned bytes only.</summary>
internal static class IdxFile
{
    // 60,000 images of 28 x 28 have 47 MB.
    private const long MaxBytes = 1L << 28;

    /// <summary>Dimensions and values, last dimension fastest.</summary>
    /// <exception cref="DataFormatException">Damaged, of another type, or of another size than its header says.</exception>
    internal static (int[] Dimensions, byte[] Values) Read(string path, int rank)
    {
        if (!File.Exists(path)) throw new DataFormatException($"{path} does not exist");
        try
        {
            using var stream = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
            var header = new byte[4 + (4 * rank)];
            stream.ReadExactly(header);
            if (header[0] != 0 || header[1] != 0 || header[2] != 8 || header[3] != rank)
            {
                throw new DataFormatException($"{path} is not an idx file of bytes with {rank} dimension{(rank == 1 ? "" : "s")}");
            }
            var dimensions = Enumerable.Range(0, rank).Select(i => BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4 + (4 * i)))).ToArray();
            var size = 1L;
            foreach (var dimension in dimensions) size = dimension is < 1 or > 1 << 24 || size > MaxBytes ? -1 : size * dimension;
            if (size is < 1 or > MaxBytes) throw new DataFormatException($"{path} has impossible dimensions: {string.Join(" x ", dimensions)}");
            var values = new byte[size];
            stream.ReadExactly(values);
            return stream.ReadByte() < 0 ? (dimensions, values) : throw new DataFormatException($"{path} is longer than its header says");
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new DataFormatException($"{path} is damaged or cut off", e);
        }
    }
}
