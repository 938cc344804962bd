// SPDX-License-Identifier: MIT
using System.Net;
using System.Net.Sockets;

namespace ExecutorsTests;

/// <summary>The classes that share one cluster.</summary>
[CollectionDefinition]
public sealed class ClusterTests : ICollectionFixture<TestCluster>;

/// <summary>A private Slurm cluster on this machine: one controller, two nodes, keys, logs and ports of its own.</summary>
public sealed class TestCluster : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("yoso-slurm-");

    public string? Obstacle => DebianRoot.Obstacle;

    internal void SkipWithoutIt() => Assert.SkipWhen(Obstacle is not null, Obstacle ?? "");

    private string F => _folder.FullName;

    public ValueTask InitializeAsync()
    {
        if (Obstacle is not null)
        {
            return ValueTask.CompletedTask;
        }

        DebianRoot.Install("slurmctld", "slurmd", "slurm-client", "munge", "slurm-wlm-basic-plugins");
        Shell.Run($"mkdir -p {F}/log {F}/run {F}/state {F}/munge && chmod 755 {F} {F}/log {F}/run {F}/state && chmod 700 {F}/munge && head -c 1024 /dev/urandom >{F}/munge/key && chmod 400 {F}/munge/key");
        Shell.Run($"munged --force --key-file={F}/munge/key --socket={F}/run/munge.sock --pid-file={F}/run/munged.pid --log-file={F}/log/munged.log --seed-file={F}/munge/seed");
        var ports = FreePorts(3);
        File.WriteAllText($"{F}/slurm.conf", Settings(Shell.Run("hostname -s").Trim(), ports));
        Environment.SetEnvironmentVariable("SLURM_CONF", $"{F}/slurm.conf");
        Shell.Run($"slurmctld -f {F}/slurm.conf");
        StartNode("n1");
        StartNode("n2");
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        if (Obstacle is null)
        {
            Shell.Try("scancel --user root; sleep 1");
            foreach (var pid in new[] { "slurmd-n1", "slurmd-n2", "slurmctld", "munged" }.Select(n => Shell.ReadPid($"{F}/run/{n}.pid")).OfType<int>())
            {
                Shell.Stop(pid);
            }

            Environment.SetEnvironmentVariable("SLURM_CONF", null);
        }

        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    internal void StartNode(string node)
    {
        Shell.Run($"slurmd -f {F}/slurm.conf -N {node}");
        for (var i = 0; i < 600; i++)
        {
            if (Shell.Try($"sinfo -h -n {node} -o %T").Output.Trim() is "idle" or "mixed" or "allocated")
            {
                return;
            }

            Thread.Sleep(100);
        }

        throw new InvalidOperationException($"node {node} does not come up: {Shell.Try($"sinfo -R; tail -n 20 {F}/log/*").Output}");
    }

    /// <summary>What a power cut does: the node's daemon, its step daemons and, unless <paramref name="jobsLive"/>, its jobs are gone at once.</summary>
    internal void KillNode(string node, bool jobsLive)
    {
        var jobs = Shell.Run($"squeue -h -w {node} -t running -o %A").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        _ = Shell.Kill(Shell.ReadPid($"{F}/run/slurmd-{node}.pid") ?? throw new InvalidOperationException($"{node} does not run"), 9);
        foreach (var process in Directory.GetDirectories("/proc").Where(p => char.IsAsciiDigit(Path.GetFileName(p)[0])))
        {
            var pid = int.Parse(Path.GetFileName(process), System.Globalization.CultureInfo.InvariantCulture);
            var isStep = jobs.Any(j => Read($"{process}/cmdline").StartsWith($"slurmstepd: [{j}.", StringComparison.Ordinal));
            var isJob = !jobsLive && jobs.Any(j => Read($"{process}/environ").Split('\0') is { } variables && variables.Contains($"SLURM_JOB_ID={j}") && variables.Contains($"SLURM_CONF={F}/slurm.conf"));
            if (isStep || isJob)
            {
                _ = Shell.Kill(pid, 9);
            }
        }

        File.Delete($"{F}/run/slurmd-{node}.pid");
    }

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // the process has ended
        }
    }

    private static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        Array.ForEach(listeners, l => l.Start());
        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        Array.ForEach(listeners, l => l.Stop());
        return ports;
    }

    /// <summary>A node is given up after ten seconds; messages expire as fast, or a requeued job would be held for two minutes.</summary>
    private string Settings(string host, int[] ports) => $"""
        ClusterName=yosotests
        SlurmctldHost={host}(127.0.0.1)
        SlurmctldPort={ports[0]}
        SlurmUser=root
        SlurmdUser=root
        AuthType=auth/munge
        AuthInfo=socket={F}/run/munge.sock,cred_expire=10
        StateSaveLocation={F}/state
        SlurmdSpoolDir={F}/state/slurmd-%n
        SlurmctldPidFile={F}/run/slurmctld.pid
        SlurmdPidFile={F}/run/slurmd-%n.pid
        SlurmctldLogFile={F}/log/slurmctld.log
        SlurmdLogFile={F}/log/slurmd-%n.log
        ProctrackType=proctrack/linuxproc
        TaskPlugin=task/none
        JobAcctGatherType=jobacct_gather/none
        AccountingStorageType=accounting_storage/none
        SelectType=select/cons_tres
        SelectTypeParameters=CR_Core_Memory
        SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0,sched_min_interval=10000
        MpiDefault=none
        ReturnToService=2
        SlurmdTimeout=10
        SlurmctldTimeout=20
        InactiveLimit=0
        KillWait=5
        MinJobAge=3600
        JobRequeue=1
        SwitchType=switch/none
        PropagateResourceLimits=NONE
        SlurmdParameters=config_overrides
        NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=2 RealMemory=8000 State=UNKNOWN
        NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=2 RealMemory=8000 State=UNKNOWN
        PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
        PartitionName=short Nodes=n1,n2 Default=NO MaxTime=1 State=UP OverSubscribe=NO

        """;
}
