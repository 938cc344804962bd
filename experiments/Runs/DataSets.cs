// SPDX-License-Identifier: MIT
namespace Yoso.Experiments.Runs;

/// <summary>Finds or makes the data sets of jobs under the output folder.</summary>
/// <param name="mirror">Folder or address of the original files, null for the publishers'.</param>
internal sealed class DataSets(string output, string? mirror)
{
    private readonly Dictionary<object, string?> _digests = [];

    public DataPlace Place { get; private set; } = new(Path.Combine(output, "data"), mirror);

    /// <summary>Where downloads and conversions are shown from now on; nowhere at first.</summary>
    public IDataEvents Events
    {
        set => Place = Place with { Events = value };
    }

    /// <summary>Generates, converts or loads what is missing; a set that is there and whole is opened.</summary>
    public IRunData Prepare(Job job, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        _digests.Clear();
        return job.Configuration.PrepareData(Place, progress, cancellationToken);
    }

    /// <summary>What a job's data set lacks, null when it can be prepared here and now.</summary>
    public DataToFetch? ToFetch(Job job) => job.Configuration.ToFetch(Place);

    /// <summary>Digest of a job's data set, null while it is not there.</summary>
    public string? Digest(Job job)
    {
        var configuration = job.Configuration;
        if (!_digests.TryGetValue(configuration.DataKey, out var digest))
        {
            _digests[configuration.DataKey] = digest = configuration.FindData(Place);
        }

        return digest;
    }
}
