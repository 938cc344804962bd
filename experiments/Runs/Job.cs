// SPDX-License-Identifier: MIT
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Yoso.Models.Attention;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Runs;

/// <summary>The unit of work: suite x task x model x seed at one scale on one kind of device, under the paper's protocol or another.</summary>
internal sealed record Job(string Suite, string Task, string Model, int Seed, string Scale, string Device, string Protocol = "paper")
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { NameAttentionTypes } },
    };

    public string Name => $"{Suite}/{Task}/{Model}";

    public RunConfiguration Configuration => Suites.Of(Suite).Resolve(Task, Model, Scale).Under(Protocol);

    /// <summary>Jobs that must be finished before this one.</summary>
    public IReadOnlyList<Job> Needs => Configuration.Needs(this);

    public JobIdentity Identity => new() { Suite = Suite, Task = Task, Model = Model, Seed = Seed, Scale = Scale, Protocol = Protocol };

    /// <summary>The resolved configuration as JSON, the attention with the name of its options type.</summary>
    public JsonObject ConfigurationJson()
    {
        var configuration = Configuration;
        return (JsonObject)JsonSerializer.SerializeToNode(configuration, configuration.GetType(), Json)!;
    }

    /// <summary>Everything that decides the result; null while its data, or that of a job it needs, is not prepared.</summary>
    /// <param name="digestOf">Digest of a job's data set, null while it is not prepared.</param>
    public RunInputs? Inputs(Func<Job, string?> digestOf)
    {
        var needed = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var job in Needs)
        {
            if (job.Inputs(digestOf) is not { } inputs)
            {
                return null;
            }

            needed[job.Name] = Key(inputs);
        }

        return digestOf(this) is not { } dataDigest ? null : new RunInputs
        {
            Configuration = JsonSerializer.SerializeToElement(ConfigurationJson()),
            Seed = Seed,
            DataDigest = dataDigest,
            Needs = needed,
            CodeDigest = SourceSets.Code(this),
            KernelDigest = SourceSets.Kernels(this),
            Device = Device,
            Precision = Configuration.Precision,
        };
    }

    public static string Key(RunInputs inputs) => CanonicalJson.Digest(JsonSerializer.SerializeToNode(inputs, Json));

    /// <summary>The command that makes this job's record again.</summary>
    public string Command => $"./yoso run {Name} --seeds {Seed} --scale {Scale} --device {Device}{(Protocol == "paper" ? "" : $" --protocol {Protocol}")}";

    public override string ToString() => $"{Name} seed {Seed} ({Scale}{(Protocol == "paper" ? "" : $", {Protocol} protocol")})";

    private static void NameAttentionTypes(JsonTypeInfo info)
    {
        if (info.Type != typeof(AttentionOptions))
        {
            return;
        }

        info.PolymorphismOptions = new JsonPolymorphismOptions { TypeDiscriminatorPropertyName = "type" };
        foreach (var type in typeof(AttentionOptions).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(AttentionOptions))).OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            info.PolymorphismOptions.DerivedTypes.Add(new JsonDerivedType(type, type.Name.Replace("Options", "", StringComparison.Ordinal)));
        }
    }
}
