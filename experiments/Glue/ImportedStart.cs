// SPDX-License-Identifier: MIT
using Yoso.Data;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Glue;

/// <summary>A pre-trained model that came as a file (`yoso import`) in place of a pre-training of our own: weights/STYLE/ENCODER.safetensors in the data mirror.</summary>
internal static class ImportedStart
{
    /// <summary>The file; null where the mirror has none.</summary>
    public static string? Find(DataPlace place, string name) =>
        place.MirrorFolder is { } mirror && Path.Combine(mirror, "weights", $"{name}.safetensors") is var file && File.Exists(file) ? file : null;

    /// <exception cref="DataFormatException">It is not there; the message says how it gets there.</exception>
    public static string Locate(DataPlace place, string name) => Find(place, name) ?? throw new DataFormatException(Advice(name));

    /// <summary>What a plan says, null when it is there.</summary>
    public static DataToFetch? ToFetch(DataPlace place, string name) =>
        Find(place, name) is null ? new DataToFetch(Advice(name), "that of the weights", ByHand: true) : null;

    private static string Advice(string name) =>
        $"weights/{name}.safetensors in a folder named by --data-mirror: ./yoso import FILE --to DIR/weights/{name}.safetensors --allow-missing (docs/glue.md)";
}
