// SPDX-License-Identifier: MIT
using Yoso.Data;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Runs;

/// <summary>Three splits of labelled sequences.</summary>
internal sealed class ClassificationRunData(ClassificationData data) : IRunData
{
    public ClassificationData Splits => data;
    public DataManifest Manifest => data.Manifest;

    public DataDescription Description => data.Manifest.Describe() with { TrainCount = data.Train.Count, DevCount = data.Dev.Count, TestCount = data.Test.Count };

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
