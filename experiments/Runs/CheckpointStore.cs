// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text.Json;
using TorchSharp;
using Yoso.Experiments.Training;
using Yoso.Models.WeightFiles;
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
/// Those of epochs, "epoch-00002000.checkpoint", stay as <see cref="Keep"/> says, after the end of the job too.
/// </summary>
internal sealed class CheckpointStore(string folder, string key)
{
    private const string ModelPrefix = TrainingCheckpoint.ModelPrefix, BestPrefix = "best/", FirstPrefix = "first/", SecondPrefix = "second/";
    private const string StepFile = "step-", EpochFile = "epoch-";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private sealed record Header(string Key, TrainingState State, int OptimizerSteps, List<Entry> Tensors);

    private sealed record Entry(string Name, long[] Shape);

    /// <summary>Which checkpoints of epochs stay beyond the newest two files.</summary>
    public CheckpointKeeping Keep { get; set; } = CheckpointKeeping.None;

    /// <summary>Steps of the epochs whose checkpoints are there, in order.</summary>
    public IReadOnlyList<int> KeptSteps => [.. Files().Where(IsEpoch).Select(StepOf).Order()];

    /// <summary>The file of an epoch's checkpoint, null where it was not kept.</summary>
    public string? Kept(int step) => EpochPath(step) is var path && File.Exists(path) ? path : null;

    /// <param name="epoch">The end of an epoch: what <see cref="Keep"/> is about.</param>
    public void Save(TrainingState state, nn.Module model, AdamWOptimizer optimizer, bool epoch = false)
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
        var path = epoch && Keep.Newest > 0 ? EpochPath(state.Step) : Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{StepFile}{state.Step:D8}.checkpoint"));
        AtomicFile.Write(path, stream =>
        {
            using var hashing = new HashingStream(stream);
            using var writer = new BinaryWriter(hashing, System.Text.Encoding.UTF8, leaveOpen: true);
            writer.Write(TrainingCheckpoint.Magic);
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

        Prune(Files().Take(2));
    }

    /// <summary>Whether the kept checkpoints of the epochs to come will fit, as far as the newest one tells; null when they do.</summary>
    /// <param name="epochsLeft">To be written from now on.</param>
    /// <param name="freeBytes">Free on the disk of the folder.</param>
    public string? SpaceProblem(int epochsLeft, long freeBytes)
    {
        var kept = Files().Where(IsEpoch).ToArray();
        if (kept.Length == 0)
        {
            return null;
        }

        var size = new FileInfo(kept[0]).Length;
        var more = Math.Min(epochsLeft, Keep.Newest - kept.Length);
        return more <= 0 || size * (double)more <= freeBytes ? null : string.Create(
            CultureInfo.InvariantCulture, $"the checkpoints to be kept need {size * (double)more / (1L << 30):0.0} GiB more, {freeBytes / (double)(1L << 30):0.0} GiB are free: free space, or start again with a smaller --keep-checkpoints");
    }

    /// <summary>Free on the disk of the folder.</summary>
    public long FreeBytes() => new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;

    /// <summary>Deletes what is neither among the newest kept epochs nor needed for another reason.</summary>
    private void Prune(IEnumerable<string> needed)
    {
        var files = Files().ToArray();
        foreach (var old in files.Except(files.Where(IsEpoch).Take(Keep.Newest)).Except(needed).ToArray())
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

    /// <summary>The kept checkpoints of epochs in a run's folder.</summary>
    public static IEnumerable<string> EpochFiles(string run) => Path.Combine(run, "checkpoint") is var folder && Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, EpochFile + "*.checkpoint", SearchOption.AllDirectories).Where(f => StepOf(f) >= 0)
        : [];

    /// <summary>The job is finished: only the kept epochs stay, of a search those of each point.</summary>
    public void Delete()
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        Prune([]);
        string[] all = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)];
        string[] kept = Keep.Newest > 0 ? [.. all.Where(IsEpoch)] : [];
        if (kept.Length == 0)
        {
            Directory.Delete(folder, recursive: true);
            return;
        }

        foreach (var other in all.Except(kept))
        {
            File.Delete(other);
        }
    }

    /// <summary>Newest first.</summary>
    private IEnumerable<string> Files() => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*.checkpoint").Where(f => StepOf(f) >= 0).OrderByDescending(StepOf).ThenByDescending(IsEpoch).ToArray()
        : [];

    private string EpochPath(int step) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{EpochFile}{step:D8}.checkpoint"));

    private static bool IsEpoch(string path) => Path.GetFileName(path).StartsWith(EpochFile, StringComparison.Ordinal);

    private static int StepOf(string path) =>
        Path.GetFileNameWithoutExtension(path) is var name && name.IndexOf('-', StringComparison.Ordinal) is var dash and > 0 && name[..(dash + 1)] is StepFile or EpochFile
        && int.TryParse(name.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : -1;

    private TrainingState Load(string path, nn.Module model, AdamWOptimizer optimizer)
    {
        // Read as a stream, twice: the checkpoint of a base-size model with its optimizer exceeds the 2 GiB of an array.
        using var stream = File.OpenRead(path);
        TrainingCheckpoint.Verify(stream);
        stream.Position = TrainingCheckpoint.Magic.Length;
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
