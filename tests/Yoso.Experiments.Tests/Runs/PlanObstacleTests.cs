// SPDX-License-Identifier: MIT
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Tests.Runs;

/// <summary>What a plan says of jobs whose data is not at hand.</summary>
public sealed class PlanObstacleTests : IDisposable
{
    private readonly string _output = Directory.CreateTempSubdirectory("yoso-plan-").FullName;

    public void Dispose() => Directory.Delete(_output, recursive: true);

    private PlannedJob Plan(string job, string scale, string device = "cpu") =>
        new JobPlan(_output).Make(JobSelection.Jobs([job], [], [1], scale, device, "paper"), new DataSets(_output, null)).Single(p => p.Job.Name == job);

    [Theory]
    [InlineData("lra/text/softmax", "its data is downloaded first: aclImdb_v1.tar.gz from https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz; licence: no licence stated; for research, cite Maas et al., ACL 2011")]
    [InlineData("lra/retrieval/softmax", "its data is downloaded first: lra_release.gz from https://storage.googleapis.com/long-range-arena/lra_release.gz; licence: Apache-2.0 (google-research/long-range-arena)")]
    [InlineData("lra/listops/softmax", "the data set is not prepared yet")]
    public void Plan_NamesTheDownloadAndItsLicence(string job, string reason)
    {
        var planned = Plan(job, "paper");

        Assert.Equal(("run", reason), (planned.Action, planned.Reason));
    }

    [Theory]
    [InlineData("pretrain/bert/softmax")]
    // Its own files could be downloaded; the pre-training that it starts from cannot run.
    [InlineData("glue/sst-2/softmax")]
    public void Plan_SaysThatAJobCannotRun_WhenItsDataMustBeFetchedByHand(string job)
    {
        var planned = Plan(job, "paper");

        Assert.Equal("cannot run", planned.Action);
        Assert.StartsWith("its data is not here: Wikipedia's dump, BookCorpus and a vocabulary, in a folder named by --data-mirror", planned.Reason, StringComparison.Ordinal);
        Assert.Contains("licence: CC-BY-SA-4.0 (Wikipedia); BookCorpus is not redistributed", planned.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_NeedsNothingFromElsewhere_AtSmokeScale() => Assert.NotEqual("cannot run", Plan("glue/sst-2/softmax", "smoke").Action);
}
