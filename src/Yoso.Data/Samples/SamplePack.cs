// SPDX-License-Identifier: MIT
using System.Text.Json;

namespace Yoso.Data.Samples;

/// <summary>The folder of small, openly licensed data that comes with the repository: its files are checked against its manifest.json when they are used.</summary>
internal sealed class SamplePack
{
    private readonly string folder;
    private readonly Dictionary<string, (string Sha256, string Licence)> known = [];

    /// <exception cref="DataFormatException">There is no such pack, or its manifest is damaged.</exception>
    internal SamplePack(string folder)
    {
        this.folder = folder;
        var path = Path.Combine(folder, "manifest.json");
        if (!File.Exists(path)) throw new DataFormatException($"{path} does not exist; the samples folder of the repository is needed");
        try
        {
            using var manifest = JsonDocument.Parse(File.ReadAllText(path));
            foreach (var file in manifest.RootElement.GetProperty("files").EnumerateArray())
            {
                known[file.GetProperty("path").GetString()!] = (file.GetProperty("sha256").GetString()!, file.GetProperty("license").GetString()!);
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new DataFormatException($"{path} is not the manifest of a sample pack", e);
        }
    }

    internal string PathOf(string name) => Path.Combine(folder, name.Replace('/', Path.DirectorySeparatorChar));

    /// <exception cref="DataFormatException">A file is missing or not the one that the pack was made with.</exception>
    internal IReadOnlyList<DataSourceFile> Check(params string[] names) => [.. names.Select(name =>
    {
        var file = DataSourceFiles.Describe(PathOf(name)) with { Name = name };
        return known.TryGetValue(name, out var entry) && entry.Sha256 == file.Sha256
            ? file
            : throw new DataFormatException($"{PathOf(name)} is not the file of the sample pack; restore it from the repository");
    })];

    internal string Licence(IEnumerable<DataSourceFile> files) => string.Join(" AND ", files.Select(file => known[file.Name].Licence).Distinct());
}
