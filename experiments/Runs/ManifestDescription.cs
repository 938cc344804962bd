// SPDX-License-Identifier: MIT
using Yoso.Data;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Runs;

internal static class ManifestDescription
{
    /// <summary>What a record says of a data set.</summary>
    public static DataDescription Describe(this DataManifest manifest) => new()
    {
        Name = manifest.Name,
        Digest = manifest.Digest,
        Kind = manifest.Kind.ToString().ToLowerInvariant(),
        Licence = manifest.Licence,
        Source = manifest.Source,
        TrainCount = manifest.TrainCount,
        DevCount = manifest.DevCount,
        TestCount = manifest.TestCount,
    };
}
