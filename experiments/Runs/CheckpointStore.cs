// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using TorchSharp;
using Yoso.Experiments.Training;
using static TorchSharp.torch;

namespace Yoso.Experiments.Runs;

/// <summary>What a checkpoint holds beside the tensors of model and optimizer.</summary>
internal sealed record TrainingState
{
    /// <summary>Steps done.</summary>
    public required int Step { get; init; }
    public required Score Best { get; init; }
    public required int BestStep { get; init; }
    public required Score LastDev { get; init; }
    public required string MetricRows { get; init; }

    [System.Text.Json.Serialization.JsonIgnore]
    public WeightSnapshot? BestWeights { get; init; }
}

/// <summary>
/// Checkpoints of one job: a file each, "step-00001200.checkpoint", written beside its final name, flushed and renamed, closed
/// by the SHA-256 of all before it. The newest two are kept: a torn or corrupt one is refused and the one before it is used.
/// </summary>
internal sealed class CheckpointStore(string folder, string key)
{
    private const string Magic = "YOSOCKP1";
    private const string ModelPrefix = "model/", BestPrefix = "best/", FirstPrefix = "first/", SecondPrefix = "second/";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private sealed record Header(string Key, TrainingState State, int OptimizerSteps, List<Entry> Tensors);

    private sealed record Entry(string Name, long[] Shape);

    public void Save(TrainingState state, nn.Module model, AdamWOptimizer optimizer)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var tensors = new List<(string Name, Tensor Value)>();
        tensors.AddRange(model.state_dict().Select(p => (ModelPrefix + p.Key, p.Value)));
        tensors.AddRange(state.BestWeights?.Tensors.Select(p => (BestPrefix + p.Key, p.Value)) ?? []);
        tensors.AddRange(optimizer.FirstMoments.Select((t, i) => ($"{FirstPrefix}{i}", t)));
        tensors.AddRange(optimizer.SecondMoments.Select((t, i) => ($"{SecondPrefix}{i}", t)));
        var header = new Header(key, state, optimizer.StepCount, [.. tensors.Select(t => new Entry(t.Name, t.Value.shape))]);

        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"step-{state.Step:D8}.checkpoint"));
        AtomicFile.Write(path, stream =>
        {
            using var hashing = new HashingStream(stream);
            using var writer = new BinaryWriter(hashing, System.Text.Encoding.UTF8, leaveOpen: true);
            writer.Write(System.Text.Encoding.ASCII.GetBytes(Magic));
            var headerBytes = JsonSerializer.SerializeToUtf8Bytes(header, Json);
            writer.Write(headerBytes.Length);
            writer.Write(headerBytes);
            foreach (var (_, value) in tensors)
            {
                writer.Write(value.detach().cpu().contiguous().bytes);
            }

            writer.Flush();
            stream.Write(hashing.Digest());
        });

        foreach (var old in Files().Skip(2))
        {
            File.Delete(old);
        }
    }

    /// <summary>Restores the newest checkpoint that is whole into model and optimizer; null when there is none.</summary>
    /// <param name="problems">One line for each file that was refused.</param>
    public TrainingState? LoadNewest(nn.Module model, AdamWOptimizer optimizer, out List<string> problems)
    {
        problems = [];
        foreach (var path in Files())
        {
            try
            {
                return Load(path, model, optimizer);
            }
            catch (Exception e) when (e is InvalidDataException or IOException or JsonException)
            {
                problems.Add($"checkpoint {Path.GetFileName(path)} is refused ({e.Message}); using the one before it");
            }
        }

        return null;
    }

    /// <summary>The newest step that a file name promises, for plans; null when there is none.</summary>
    public int? NewestStep() => Files().Select(StepOf).Cast<int?>().FirstOrDefault();

    public void Delete()
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private IEnumerable<string> Files() => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "step-*.checkpoint").Where(f => StepOf(f) >= 0).OrderByDescending(StepOf).ToArray()
        : [];

    private static int StepOf(string path) =>
        int.TryParse(Path.GetFileNameWithoutExtension(path).AsSpan("step-".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : -1;

    private TrainingState Load(string path, nn.Module model, AdamWOptimizer optimizer)
    {
        // Read as a stream, twice: the checkpoint of a base-size model with its optimizer exceeds the 2 GiB of an array.
        using var stream = File.OpenRead(path);
        Verify(stream);
        stream.Position = Magic.Length;
        using var reader = new BinaryReader(stream);
        var headerLength = reader.ReadInt32();
        if (headerLength < 0 || headerLength > stream.Length)
        {
            throw new InvalidDataException("its header is damaged");
        }

        var header = JsonSerializer.Deserialize<Header>(reader.ReadBytes(headerLength), Json)!;
        if (header.Key != key)
        {
            throw new InvalidDataException("it belongs to another job");
        }

        var tensors = new Dictionary<string, Tensor>();
        foreach (var entry in header.Tensors)
        {
            var tensor = empty(entry.Shape, dtype: ScalarType.Float32).DetachFromDisposeScope();
            stream.ReadExactly(tensor.bytes);
            tensors[entry.Name] = tensor;
        }

        Restore(tensors, header, model, optimizer);
        var best = tensors.Where(t => t.Key.StartsWith(BestPrefix, StringComparison.Ordinal)).ToDictionary(t => t.Key[BestPrefix.Length..], t => t.Value);
        foreach (var tensor in tensors.Where(t => !t.Key.StartsWith(BestPrefix, StringComparison.Ordinal)))
        {
            tensor.Value.Dispose();
        }

        return header.State with { BestWeights = best.Count > 0 ? new WeightSnapshot { Tensors = best } : null };
    }

    /// <summary>The file's last 32 bytes are the SHA-256 of all before them.</summary>
    private static void Verify(FileStream stream)
    {
        Span<byte> magic = stackalloc byte[Magic.Length];
        var payload = stream.Length - SHA256.HashSizeInBytes;
        if (payload < Magic.Length + 4 || stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) < magic.Length || !magic.SequenceEqual(System.Text.Encoding.ASCII.GetBytes(Magic)))
        {
            throw new InvalidDataException("not a checkpoint, or cut off");
        }

        stream.Position = 0;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        for (var left = payload; left > 0;)
        {
            var read = stream.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            if (read == 0)
            {
                throw new InvalidDataException("cut off while it was read");
            }

            hash.AppendData(buffer, 0, read);
            left -= read;
        }

        Span<byte> stored = stackalloc byte[SHA256.HashSizeInBytes];
        stream.ReadExactly(stored);
        if (!hash.GetHashAndReset().AsSpan().SequenceEqual(stored))
        {
            throw new InvalidDataException("its digest does not match: torn or corrupt");
        }
    }

    private static void Restore(Dictionary<string, Tensor> tensors, Header header, nn.Module model, AdamWOptimizer optimizer)
    {
        using var _ = no_grad();
        var weights = tensors.Where(t => t.Key.StartsWith(ModelPrefix, StringComparison.Ordinal)).ToDictionary(t => t.Key[ModelPrefix.Length..], t => t.Value);
        new WeightSnapshot { Tensors = weights }.CopyTo(model);
        for (var i = 0; i < optimizer.FirstMoments.Count; i++)
        {
            optimizer.FirstMoments[i].copy_(tensors[$"{FirstPrefix}{i}"]);
            optimizer.SecondMoments[i].copy_(tensors[$"{SecondPrefix}{i}"]);
        }

        optimizer.StepCount = header.OptimizerSteps;
    }
}
