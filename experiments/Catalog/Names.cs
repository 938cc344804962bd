// SPDX-License-Identifier: MIT
namespace Yoso.Experiments.Catalog;

/// <summary>
/// Every name a person can type: suites, tasks, models, scales. Also compiled into the build, which checks its options
/// against it before anything runs; that every name has a configuration is a test.
/// </summary>
internal static class Names
{
    /// <summary>Suite name to its task names, in the order of the paper's tables.</summary>
    public static IReadOnlyDictionary<string, string[]> Tasks { get; } = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["lra"] = ["listops"],
    };

    /// <summary>Model names of the LRA tables, upstream's spelling.</summary>
    public static string[] Models { get; } = ["none", "softmax", "yoso-e", "yoso-16", "yoso-32", "yoso-c-16", "yoso-c-32"];

    /// <summary>The models that a suite trains when none is named.</summary>
    public static string[] DefaultModels { get; } = ["softmax", "yoso-e", "yoso-32"];

    public static string[] Scales { get; } = ["smoke", "nightly", "paper"];

    public static string[] Devices { get; } = ["auto", "cpu", "cuda"];
}
