// SPDX-License-Identifier: MIT
using Yoso.Data;
using Yoso.Data.ListOps;

namespace Yoso.Experiments.Runs;

/// <summary>Finds or makes the data set of a job under the output folder.</summary>
internal sealed class DataSets(string output, string? mirror)
{
    private readonly Dictionary<object, string?> _digests = [];

    public string Root { get; } = Path.Combine(output, "data");

    /// <summary>Generates or loads what is missing; a set that is there and whole is opened.</summary>
    public ClassificationData Prepare(Job job, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        _digests.Clear();
        return ListOpsDataSet.Prepare(job.Configuration.Data, Root, mirror, progress: progress, cancellation: cancellationToken);
    }

    /// <summary>Reads all three splits and compares them with their digests.</summary>
    public static bool IsWhole(ClassificationData data)
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

    /// <summary>Digest of a job's data set, null while it is not there.</summary>
    public string? Digest(Job job)
    {
        var options = job.Configuration.Data;
        if (!_digests.TryGetValue(options, out var digest))
        {
            _digests[options] = digest = ListOpsDataSet.Find(options, Root, mirror)?.Digest;
        }

        return digest;
    }
}
