// SPDX-License-Identifier: MIT
namespace Yoso.Models.WeightFiles.Pickle;

// The values that a pickle of weights is made of, beside null, bool, long, BigInteger, double, string and byte[].

/// <summary>A name that the pickle wants imported. Nothing is: the reader knows what the few allowed ones mean.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module} {Name}";
}

internal sealed record PickleTuple(object?[] Items);

internal sealed record PickleList(List<object?> Items);

/// <summary>Pairs in their order. Keys are never hashed, so that no file can choose keys that collide.</summary>
internal sealed record PickleDict(List<KeyValuePair<object?, object?>> Pairs)
{
    public object? Find(string key)
    {
        foreach (var pair in Pairs)
        {
            if (pair.Key is string name && name == key) return pair.Value;
        }
        return null;
    }
}

/// <summary>An object that stands beside the weights (an optimizer's schedule) and is not looked into.</summary>
internal sealed record PickleOpaque(PickleGlobal Type);

/// <summary>A storage: a run of values elsewhere in the file.</summary>
internal sealed record PickleStorage(string Key, ElementType Type, long Count);

internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Shape, long[] Strides);
