// SPDX-License-Identifier: MIT
[assembly: Xunit.AssemblyFixture(typeof(ExecutorsTests.LocalRuns))]

namespace ExecutorsTests;

/// <summary>The runs on this machine, each made once, that those in containers and on the cluster are compared with.</summary>
public sealed class LocalRuns : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("yoso-local-");
    private readonly Lock _gate = new();

    /// <summary>Output folder with the finished run of one job.</summary>
    internal string Of(string job)
    {
        lock (_gate)
        {
            var output = Path.Combine(_folder.FullName, job.Replace('/', '-'));
            if (!Directory.Exists(output))
            {
                Runs.Local(output, job);
            }

            return output;
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
