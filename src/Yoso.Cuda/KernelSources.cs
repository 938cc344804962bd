// SPDX-License-Identifier: MIT
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Yoso.Cuda;

/// <summary>The CUDA C++ sources, embedded when this assembly was compiled: what is compiled and launched belongs to this program, whatever lies on disk.</summary>
public sealed class KernelSources
{
    private readonly SortedDictionary<string, string> _files;

    /// <param name="files">File name to text; *.cu are compiled, *.cuh are what they include.</param>
    public KernelSources(IEnumerable<KeyValuePair<string, string>> files) =>
        _files = new SortedDictionary<string, string>(files.ToDictionary(f => f.Key, f => f.Value), StringComparer.Ordinal);

    /// <summary>Those of this assembly.</summary>
    public static KernelSources Embedded { get; } = new(Read(typeof(KernelSources).Assembly));

    /// <summary>File name to text, in ordinal order.</summary>
    public IReadOnlyDictionary<string, string> Files => _files;

    /// <summary>Names of the files that are compiled, without ".cu", in ordinal order.</summary>
    public IEnumerable<string> Names => _files.Keys.Where(f => f.EndsWith(".cu", StringComparison.Ordinal)).Select(f => f[..^3]);

    /// <summary>SHA-256 over one source and all headers; line ends do not count.</summary>
    public string Digest(string name) => Digest(_files.Where(f => f.Key == name + ".cu" || f.Key.EndsWith(".cuh", StringComparison.Ordinal)));

    /// <summary>SHA-256 over all files.</summary>
    public string Digest() => Digest(_files);

    private static string Digest(IEnumerable<KeyValuePair<string, string>> files)
    {
        var text = string.Concat(files.Select(f => $"{f.Key}\n{f.Value.ReplaceLineEndings("\n")}\0"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private static IEnumerable<KeyValuePair<string, string>> Read(Assembly assembly)
    {
        const string prefix = "kernels/";
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.StartsWith(prefix, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return new(name[prefix.Length..], reader.ReadToEnd());
        }
    }
}
