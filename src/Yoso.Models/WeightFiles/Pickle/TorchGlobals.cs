// SPDX-License-Identifier: MIT
namespace Yoso.Models.WeightFiles.Pickle;

/// <summary>The globals that a saved state dict needs, and what each becomes here. Everything else is refused by name.</summary>
internal static class TorchGlobals
{
    private static readonly HashSet<string> Containers = new(StringComparer.Ordinal)
    {
        "collections OrderedDict", "torch Size", "torch._utils _rebuild_tensor", "torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_parameter",
    };

    // Upstream's .cp files hold the schedule's state beside the weights, in which older versions of PyTorch leave the schedule
    // object with its optimizer. They are read past: no value of theirs is made or used.
    private static readonly HashSet<string> Opaque = new(StringComparer.Ordinal)
    {
        "torch.optim.lr_scheduler OneCycleLR", "torch.optim.adamw AdamW", "torch.optim.adam Adam", "__builtin__ getattr", "builtins getattr",
        "collections defaultdict", "collections Counter", "__builtin__ dict", "builtins dict", "torch device",
    };

    /// <exception cref="PickleException">It is not on the list.</exception>
    public static PickleGlobal Allow(string module, string name)
    {
        var global = new PickleGlobal(module, name);
        var known = Containers.Contains(global.ToString()) || Opaque.Contains(global.ToString()) || StorageType(global) is not null;
        return known ? global : throw new PickleException($"refused: global '{Shown(global)}' is not one that weights need; nothing of the file was run");
    }

    /// <summary>What calling an allowed global means.</summary>
    public static object? Call(object? callee, object?[] arguments) => callee switch
    {
        PickleGlobal { Module: "collections", Name: "OrderedDict" } => new PickleDict(arguments is [PickleList { Items: var pairs }] ? [.. pairs.Select(Pair)] : Empty(arguments)),
        PickleGlobal { Module: "torch", Name: "Size" } => new PickleTuple([.. Numbers(arguments[0]).Cast<object>()]),
        PickleGlobal { Name: "_rebuild_tensor_v2" or "_rebuild_tensor" } => Tensor(arguments),
        PickleGlobal { Name: "_rebuild_parameter" } => RestrictedUnpickler.As<PickleTensor>(arguments[0]),
        PickleGlobal global when Opaque.Contains(global.ToString()) => new PickleOpaque(global),
        PickleGlobal global => throw new PickleException($"refused: global '{Shown(global)}' is not to be called"),
        _ => throw new InvalidCastException(),
    };

    /// <summary>State that an object gets after it is made: the version table of a state dict, or that of an object not looked into. Ignored.</summary>
    public static void SetState(object? target)
    {
        if (target is not (PickleDict or PickleOpaque)) throw new InvalidCastException();
    }

    /// <summary>The type of a storage class; null for another global.</summary>
    public static ElementType? StorageType(PickleGlobal global) => global.Module is "torch" or "torch.cuda" ? ElementTypes.OfStorage(global.Name) : null;

    public static long[] Numbers(object? value) => value switch
    {
        PickleTuple tuple => [.. tuple.Items.Select(i => RestrictedUnpickler.As<long>(i))],
        PickleList list => [.. list.Items.Select(i => RestrictedUnpickler.As<long>(i))],
        _ => throw new InvalidCastException(),
    };

    private static PickleTensor Tensor(object?[] arguments)
    {
        var storage = RestrictedUnpickler.As<PickleStorage>(arguments[0]);
        return new PickleTensor(storage, RestrictedUnpickler.As<long>(arguments[1]), Numbers(arguments[2]), Numbers(arguments[3]));
    }

    private static KeyValuePair<object?, object?> Pair(object? item) => item switch
    {
        PickleTuple { Items: [var key, var value] } => KeyValuePair.Create(key, value),
        PickleList { Items: [var key, var value] } => KeyValuePair.Create(key, value),
        _ => throw new InvalidCastException(),
    };

    private static List<KeyValuePair<object?, object?>> Empty(object?[] arguments) => arguments.Length == 0 ? [] : throw new InvalidCastException();

    private static string Shown(PickleGlobal global)
    {
        var text = new string([.. global.ToString().Select(c => char.IsControl(c) ? '?' : c)]);
        return text.Length > 80 ? text[..80] + "..." : text;
    }
}
