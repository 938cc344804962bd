// SPDX-License-Identifier: MIT
namespace Yoso.Reports.Tables;

/// <summary>The order of rows, columns and scales in the paper's tables; unknown names come last, by name.</summary>
internal static class PaperOrder
{
    private static readonly string[] Scales = ["paper", "nightly", "smoke"];
    private static readonly string[] Suites = ["lra", "glue"];
    private static readonly string[] Tasks = ["listops", "text", "retrieval", "image", "pathfinder"];
    private static readonly string[] Models =
    [
        "none", "softmax", "yoso-e", "nystromformer", "longformer", "linformer", "reformer", "performer", "linear",
        "yoso-16", "yoso-32", "yoso-c-16", "yoso-c-32",
    ];

    public static (int, string) Scale(string name) => Of(Scales, name);

    public static (int, string) Suite(string name) => Of(Suites, name);

    public static (int, string) Task(string name) => Of(Tasks, name);

    public static (int, string) Model(string name) => Of(Models, name);

    private static (int, string) Of(string[] known, string name) => Array.IndexOf(known, name) is >= 0 and var at ? (at, "") : (known.Length, name);
}
