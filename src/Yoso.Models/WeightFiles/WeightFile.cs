// SPDX-License-Identifier: MIT
using System.Text;
using static TorchSharp.torch;

namespace Yoso.Models.WeightFiles;

/// <summary>
/// A file of weights: safetensors, or a state dict that PyTorch saved (.bin, .pt, .pth, .model, .cp; since 1.6 a zip archive,
/// before a stream of pickles), or a checkpoint of our own. The format is told by the content. Nothing in a file is ever run.
/// </summary>
/// <remarks>Opening reads names and shapes only. Not for several threads at a time.</remarks>
public sealed class WeightFile : IDisposable
{
    private const int ChunkBytes = 64 << 20;
    private readonly IDisposable? _archive;

    internal WeightFile(string path, string format, IReadOnlyList<WeightEntry> tensors, IReadOnlyList<string> others, IReadOnlyDictionary<string, string> metadata, IDisposable? archive)
    {
        (Path, Format, Tensors, Others, Metadata, _archive) = (path, format, tensors, others, metadata, archive);
    }

    public string Path { get; }

    /// <summary>"safetensors", "PyTorch zip", "PyTorch legacy" or "checkpoint of a training".</summary>
    public string Format { get; }

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<WeightEntry> Tensors { get; }

    /// <summary>Names in the state dict that are no tensors.</summary>
    public IReadOnlyList<string> Others { get; }

    /// <summary>The text that safetensors files carry.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <exception cref="WeightFileException">Missing, damaged, of another format, or holding anything but weights; always one line.</exception>
    public static WeightFile Open(string path)
    {
        if (!File.Exists(path)) throw new WeightFileException($"{path} does not exist");
        var start = new byte[512];
        long length;
        using (var stream = File.OpenRead(path))
        {
            length = stream.Length;
            start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        }
        try
        {
            return start switch
            {
                [] => throw new WeightFileException($"{path} is empty; download it again"),
                [(byte)'P', (byte)'K', 3, 4, ..] => PyTorchZip.Open(path),
                [0x80, 1 or 2 or 3 or 4 or 5, ..] => PyTorchLegacy.Open(path),
                // Protocol 1 starts with the magic number itself.
                [(byte)'L', (byte)'1', (byte)'1', (byte)'9', (byte)'5', ..] => PyTorchLegacy.Open(path),
                _ when start.AsSpan().StartsWith(TrainingCheckpoint.Magic) => TrainingCheckpoint.Open(path),
                _ when SafeTensorsReader.Recognises(start, length) => SafeTensorsReader.Open(path),
                _ => throw new WeightFileException($"{path} is no file of weights that is known here: {Guess(start)}"),
            };
        }
        catch (EndOfStreamException e)
        {
            throw new WeightFileException($"{path} is cut off; download it again", e);
        }
    }

    /// <summary>The values: float32 for every floating type, whole numbers in their own type. The caller disposes of it.</summary>
    /// <exception cref="WeightFileException">The file has become shorter.</exception>
    public Tensor Read(WeightEntry entry)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        var size = entry.Type.Bytes();
        var flat = empty([Math.Max(1, entry.Extent)], entry.Type.Torch());
        try
        {
            using var stream = entry.Values.Open();
            Skip(stream, entry.Offset * size);
            for (long done = 0, total = entry.Extent * size; done < total;)
            {
                var part = (int)Math.Min(ChunkBytes, total - done);
                stream.ReadExactly(flat.slice(0, done / size, (done + part) / size, 1).bytes);
                done += part;
            }
        }
        catch (Exception e) when (e is EndOfStreamException or InvalidDataException)
        {
            throw new WeightFileException($"{Path} is cut off inside '{entry.Name}'; download it again", e);
        }
        var shown = flat.as_strided([.. entry.Shape], entry.Strides);
        return (entry.Type.IsFloat() ? shown.to_type(ScalarType.Float32) : shown).contiguous().clone().MoveToOuterDisposeScope();
    }

    public void Dispose() => _archive?.Dispose();

    private static void Skip(Stream stream, long bytes)
    {
        if (stream.CanSeek)
        {
            stream.Seek(bytes, SeekOrigin.Current);
            return;
        }
        var buffer = new byte[1 << 16];
        while (bytes > 0)
        {
            var part = (int)Math.Min(buffer.Length, bytes);
            stream.ReadExactly(buffer, 0, part);
            bytes -= part;
        }
    }

    private static string Guess(byte[] start)
    {
        var text = Encoding.Latin1.GetString(start);
        if (text.StartsWith("version https://git-lfs", StringComparison.Ordinal)) return "it is the pointer of git-lfs in place of the file; run 'git lfs pull' where it was cloned";
        if (text.TrimStart().StartsWith('<')) return "it is a web page; the download failed";
        if (text.Length > 262 && text[257..262] == "ustar") return "it is a tar archive, as PyTorch wrote before 0.2; unpack it, or load and save it with a newer PyTorch";
        if (text.StartsWith("\u0089HDF", StringComparison.Ordinal)) return "it is HDF5 (TensorFlow or Keras); take the PyTorch or safetensors file";
        if (text.StartsWith("GGUF", StringComparison.Ordinal)) return "it is GGUF; take the PyTorch or safetensors file";
        return "give a safetensors file or a state dict saved by PyTorch";
    }
}
