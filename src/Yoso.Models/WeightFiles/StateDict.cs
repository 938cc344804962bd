// SPDX-License-Identifier: MIT
using Yoso.Models.WeightFiles.Pickle;

namespace Yoso.Models.WeightFiles;

/// <summary>Finds the state dict in an unpickled checkpoint and checks each tensor against its storage.</summary>
internal static class StateDict
{
    // Upstream's, Lightning's and fairseq's names.
    private static readonly string[] Wrappers = ["model_state_dict", "state_dict", "model"];

    /// <param name="storages">The values of a storage key.</param>
    /// <param name="fileBytes">Size of the file, which bounds what its tensors may hold together.</param>
    /// <exception cref="PickleException">There is none, or a tensor does not fit its storage.</exception>
    public static (List<WeightEntry> Tensors, List<string> Others) Read(object? root, Func<PickleStorage, StoredValues> storages, long fileBytes)
    {
        var dict = Find(root);
        var (tensors, others) = (new List<WeightEntry>(), new List<string>());
        var names = new HashSet<string>(StringComparer.Ordinal);
        long total = 0;
        foreach (var (key, value) in dict.Pairs)
        {
            if (key is not string name) throw new PickleException("its state dict has a key that is no text");
            if (!names.Add(name)) throw new PickleException($"its state dict has '{name}' twice");
            if (value is not PickleTensor tensor)
            {
                others.Add(name);
                continue;
            }
            if (Problem(name, tensor) is { } problem) throw new PickleException(problem);
            total += WeightLimits.Count(tensor.Shape) * tensor.Storage.Type.Bytes();
            if (total > WeightLimits.SharedFactor * fileBytes) throw new PickleException($"its tensors together are more than {WeightLimits.SharedFactor} times the file");
            tensors.Add(new WeightEntry(name, tensor.Storage.Type, tensor.Shape, storages(tensor.Storage), tensor.Offset, tensor.Strides));
        }
        return (tensors, others);
    }

    private static PickleDict Find(object? root)
    {
        if (root is not PickleDict dict) throw new PickleException($"it holds {(root is PickleTensor ? "a single tensor" : "no dictionary")} instead of a state dict");
        if (dict.Pairs.Any(p => p.Value is PickleTensor)) return dict;
        foreach (var wrapper in Wrappers)
        {
            if (dict.Find(wrapper) is PickleDict inner && inner.Pairs.Any(p => p.Value is PickleTensor)) return inner;
        }
        throw new PickleException($"it holds no tensors, neither itself nor under {string.Join(", ", Wrappers)}");
    }

    /// <summary>Why a tensor is refused; null if it shows each of its elements inside its storage.</summary>
    private static string? Problem(string name, PickleTensor tensor)
    {
        if (WeightLimits.Problem(name, tensor.Shape) is { } problem) return problem;
        if (tensor.Strides.Length != tensor.Shape.Length || tensor.Offset < 0 || tensor.Strides.Any(s => s < 0)) return $"'{name}' has impossible strides";
        var count = WeightLimits.Count(tensor.Shape);
        if (count == 0) return null;
        try
        {
            checked
            {
                var last = tensor.Offset;
                for (var i = 0; i < tensor.Shape.Length; i++) last += (tensor.Shape[i] - 1) * tensor.Strides[i];
                // Rows shown several times (expand) would let a small file ask for any amount of memory.
                if (last < tensor.Storage.Count && count <= tensor.Storage.Count) return null;
            }
        }
        catch (OverflowException)
        {
            // Then it does not fit either.
        }
        return $"'{name}' [{string.Join(", ", tensor.Shape)}] does not fit its storage of {tensor.Storage.Count} elements";
    }

    /// <summary>What a persistent id says: ("storage", type, key, device, count).</summary>
    public static PickleStorage Storage(PickleTuple id, Dictionary<string, PickleStorage> seen)
    {
        // Old files add a view, which must be none.
        if (id.Items is not ["storage", PickleGlobal type, string key, string, long count, ..] || id.Items[5..] is not ([] or [null]))
        {
            throw new PickleException($"refused: a persistent id that is no plain storage ({(id.Items.FirstOrDefault() is string kind && kind.Length < 20 && !kind.Any(char.IsControl) ? kind : "unnamed")})");
        }
        var storage = new PickleStorage(key, TorchGlobals.StorageType(type) ?? throw new PickleException($"refused: '{type}' is no storage"), count);
        if (count < 0 || count > long.MaxValue / 8) throw new PickleException($"a storage of {count} elements");
        if (!seen.TryAdd(key, storage) && seen[key] != storage) throw new PickleException("two descriptions of one storage");
        return storage;
    }
}
