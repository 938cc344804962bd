// SPDX-License-Identifier: MIT
using Executors;

namespace ExecutorsTests;

public sealed class ResourcesTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void For_TakesTheLongestName_WhenSeveralApply()
    {
        File.WriteAllText(_file, """
            { "defaults": { "cpus": 1, "memory": "1G", "time": "60" },
              "jobs": { "lra/text@paper": { "memory": "4G" }, "@paper": { "memory": "2G", "time": "1-00:00:00" }, "lra": { "cpus": 2 }, "lra/text/none": { "cpus": 9 } } }
            """);
        var resources = Resources.Load(_file);

        Assert.Equal(new JobResources { Cpus = 2, Memory = "4G", Time = "1-00:00:00" }, resources.For("lra/text/softmax", "paper"));
        Assert.Equal(new JobResources { Cpus = 2, Memory = "1G", Time = "60" }, resources.For("lra/text/softmax", "smoke"));
        Assert.Equal(new JobResources { Cpus = 1, Memory = "2G", Time = "1-00:00:00" }, resources.For("glue/sst-2/softmax", "paper"));
        Assert.Equal(4L << 30, resources.For("lra/text/softmax", "paper").MemoryBytes);
    }

    [Theory]
    [InlineData("""{ "default": {} }""", "unknown setting 'default': did you mean 'defaults'? known: defaults, jobs, slurm")]
    [InlineData("""{ "defaults": { "memroy": "1G" } }""", "defaults: unknown setting 'memroy': did you mean 'memory'?")]
    [InlineData("""{ "jobs": { "lra": { "cpu": 1 } } }""", "jobs.lra: unknown setting 'cpu': did you mean 'cpus'?")]
    [InlineData("""{ "defaults": { "memory": "lots" } }""", "defaults: memory 'lots': need a number and K, M, G or T, e.g. 16G")]
    [InlineData("""{ "defaults": { "time": "two days" } }""", "defaults: time 'two days': need minutes, ")]
    [InlineData("""{ "defaults": { "gpus": -1 } }""", "defaults: gpus -1: need 0 or more")]
    [InlineData("""{ "defaults": { "gpus": "two" } }""", "The JSON value could not be converted")]
    [InlineData("""{ "jobs": { "lra@papr": {} } }""", "lra@papr: unknown scale 'papr': did you mean 'paper'?")]
    [InlineData("""{ "jobs": { "lra/lstops@paper": {} } }""", "lra/lstops@paper: unknown task 'lstops': did you mean 'listops'?")]
    [InlineData("""{ "jobs": { "lar": {} } }""", "lar: unknown job 'lar': did you mean 'lra'?")]
    [InlineData("""{ "slurm": { "data": "there" } }""", "unknown value of slurm.data 'there'")]
    [InlineData("""{ "slurm": { "container": { "kind": "apptainer" } } }""", "slurm.container.image is missing")]
    [InlineData("""{ "slurm": { "pollSeconds": 0 } }""", "slurm.pollSeconds: need more than 0")]
    [InlineData("[1]", "it is not a JSON object")]
    [InlineData("{", "Expected depth to be zero")]
    public void Problem_IsOneLine_WhenTheFileIsWrong(string text, string problem)
    {
        File.WriteAllText(_file, text);

        var line = Resources.Problem(_file)!;

        Assert.StartsWith($"{_file}: {problem}", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }

    [Fact]
    public void Problem_IsNull_ForTheFileOfTheRepository() => Assert.Null(Resources.Problem(Path.Combine(Repository.Root, ".nuke", "resources.json")));

    [Fact]
    public void Example_OfTheDocs_IsRight()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "cluster.md"));
        File.WriteAllText(_file, page.Split("```")[1]);

        Assert.Null(Resources.Problem(_file));
        Assert.Equal(2, Resources.Load(_file).For("lra/text/softmax", "paper").Gpus);
    }
}
