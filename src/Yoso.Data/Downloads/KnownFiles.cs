// SPDX-License-Identifier: MIT
using Yoso.Data.Images;
using Yoso.Data.Text;

namespace Yoso.Data.Downloads;

/// <summary>Where the benchmark's data is published. No digest is given that was not checked: the first download's is recorded.</summary>
public static class KnownFiles
{
    public static RemoteFile Imdb { get; } =
        new(new Uri("https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz"), null, null, ImdbDataSet.Licence);

    public static RemoteFile Cifar10 { get; } =
        new(new Uri("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"), null, null, CifarDataSet.Licence);

    /// <summary>ListOps, Retrieval and Pathfinder: 7.7 GB, 18.6 GB unpacked.</summary>
    public static RemoteFile LongRangeArena { get; } =
        new(new Uri("https://storage.googleapis.com/long-range-arena/lra_release.gz"), null, null, "Apache-2.0 (google-research/long-range-arena)");
}
