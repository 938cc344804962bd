// SPDX-License-Identifier: MIT
using Yoso.Data.Downloads;

namespace Yoso.Experiments.Runs;

/// <summary>What a job's data set is made from and is not at hand.</summary>
/// <param name="What">Files and where they come from.</param>
/// <param name="ByHand">The job cannot run before somebody has put them there; else they are downloaded when it runs.</param>
internal sealed record DataToFetch(string What, string Licence, bool ByHand)
{
    public static DataToFetch Of(RemoteFile file) => new($"{file.Name} from {file.Address}", file.Licence, ByHand: false);

    /// <summary>For plans.</summary>
    public string Reason => ByHand ? $"its data is not here: {What}; licence: {Licence}" : $"its data is downloaded first: {What}; licence: {Licence}";
}
