// SPDX-License-Identifier: MIT
using Yoso.Data;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Runs;

/// <summary>Three splits of labelled sequences.</summary>
internal sealed class ClassificationRunData(ClassificationData data) : IRunData
{
    public ClassificationData Splits => data;
    public DataManifest Manifest => data.Manifest;

    public DataDescription Description => new()
    {
        Name = data.Manifest.Name,
        Digest = data.Manifest.Digest,
        Kind = data.Manifest.Kind.ToString().ToLowerInvariant(),
        Licence = data.Manifest.Licence,
        Source = data.Manifest.Source,
        TrainCount = data.Train.Count,
        DevCount = data.Dev.Count,
        TestCount = data.Test.Count,
    };

    public bool IsWhole()
    {
        try
        {
            data.Train.Verify();
            data.Dev.Verify();
            data.Test.Verify();
            return true;
        }
        catch (DataFormatException)
        {
            return false;
        }
    }
}
