// SPDX-License-Identifier: MIT
using System.Linq.Expressions;
using System.Reflection;

namespace Nuke.Common.Execution;

/// <summary>Collects what a target says of itself.</summary>
internal sealed class TargetDefinition : ITargetDefinition
{
    public string DescriptionText { get; private set; }

    public bool IsListed { get; private set; } = true;

    public List<Action> Actions { get; } = [];

    public List<Target> DependsOnTargets { get; } = [];

    public List<Target> DependentForTargets { get; } = [];

    public List<Target> BeforeTargets { get; } = [];

    public List<Target> AfterTargets { get; } = [];

    public List<Target> TriggersTargets { get; } = [];

    public List<Target> TriggeredByTargets { get; } = [];

    public List<(Func<bool> IsMet, string Text)> StaticConditions { get; } = [];

    public List<(Func<bool> IsMet, string Text)> DynamicConditions { get; } = [];

    public List<LambdaExpression> Requirements { get; } = [];

    public DependencyBehavior WhenSkippedBehavior { get; private set; } = DependencyBehavior.Skip;

    public bool IsProceedAfterFailure { get; private set; }

    public bool IsAssuredAfterFailure { get; private set; }

    public ITargetDefinition Description(string description) => With(() => DescriptionText = description);

    public ITargetDefinition Unlisted() => With(() => IsListed = false);

    public ITargetDefinition Executes(params Action[] actions) => With(() => Actions.AddRange(actions));

    public ITargetDefinition Executes<T>(Func<T> action) => With(() => Actions.Add(() => action()));

    public ITargetDefinition Executes(Func<Task> action) => With(() => Actions.Add(() => action().GetAwaiter().GetResult()));

    public ITargetDefinition DependsOn(params Target[] targets) => With(() => DependsOnTargets.AddRange(targets));

    public ITargetDefinition DependentFor(params Target[] targets) => With(() => DependentForTargets.AddRange(targets));

    public ITargetDefinition Before(params Target[] targets) => With(() => BeforeTargets.AddRange(targets));

    public ITargetDefinition After(params Target[] targets) => With(() => AfterTargets.AddRange(targets));

    public ITargetDefinition Triggers(params Target[] targets) => With(() => TriggersTargets.AddRange(targets));

    public ITargetDefinition TriggeredBy(params Target[] targets) => With(() => TriggeredByTargets.AddRange(targets));

    public ITargetDefinition OnlyWhenStatic(Func<bool> condition, string conditionExpression = null)
        => With(() => StaticConditions.Add((condition, ConditionText(conditionExpression))));

    public ITargetDefinition OnlyWhenDynamic(Func<bool> condition, string conditionExpression = null)
        => With(() => DynamicConditions.Add((condition, ConditionText(conditionExpression))));

    public ITargetDefinition WhenSkipped(DependencyBehavior dependencyBehavior) => With(() => WhenSkippedBehavior = dependencyBehavior);

    public ITargetDefinition Requires<T>(Expression<Func<T>> parameterRequirement, params Expression<Func<T>>[] parameterRequirements) where T : class
        => With(() => Requirements.AddRange([parameterRequirement, .. parameterRequirements]));

    public ITargetDefinition Requires<T>(Expression<Func<T?>> parameterRequirement, params Expression<Func<T?>>[] parameterRequirements) where T : struct
        => With(() => Requirements.AddRange([parameterRequirement, .. parameterRequirements]));

    public ITargetDefinition Requires(Expression<Func<bool>> requirement, params Expression<Func<bool>>[] requirements)
        => With(() => Requirements.AddRange([requirement, .. requirements]));

    public ITargetDefinition ProceedAfterFailure() => With(() => IsProceedAfterFailure = true);

    public ITargetDefinition AssuredAfterFailure() => With(() => IsAssuredAfterFailure = true);

    /// <summary>"() => A &amp;&amp; B" as "A &amp;&amp; B".</summary>
    private static string ConditionText(string expression)
    {
        var arrow = expression.IndexOf("=>", StringComparison.Ordinal);
        return arrow < 0 ? expression : expression[(arrow + 2)..].Trim();
    }

    private TargetDefinition With(Action change)
    {
        change();
        return this;
    }
}

/// <summary>Reads the targets off a build: its properties of type <see cref="Target"/>, in order of declaration.</summary>
internal static class TargetFactory
{
    public static List<ExecutableTarget> CreateAll<T>(T build, Expression<Func<T, Target>>[] defaults) where T : NukeBuild
    {
        var defaultTargets = defaults.Select(d => d.Compile()(build)).ToList();
        var targets = Properties(build.GetType()).Select(property =>
        {
            var factory = (Target)property.GetValue(build);
            var definition = new TargetDefinition();
            factory(definition);
            return new ExecutableTarget { Name = property.Name, Factory = factory, Definition = definition, IsDefault = defaultTargets.Contains(factory) };
        }).ToList();

        foreach (var target in targets)
        {
            Link(target, target.ExecutionDependencies, d => d.DependsOnTargets, d => d.DependentForTargets);
            Link(target, target.OrderDependencies, d => d.AfterTargets, d => d.BeforeTargets);
            Link(target, target.TriggerDependencies, d => d.TriggeredByTargets, d => d.TriggersTargets);
            Link(target, target.Triggers, d => d.TriggersTargets, d => d.TriggeredByTargets);
        }

        return targets;

        void Link(ExecutableTarget target, ICollection<ExecutableTarget> links, Func<TargetDefinition, List<Target>> own, Func<TargetDefinition, List<Target>> others)
        {
            foreach (var other in targets.Where(o => own(target.Definition).Contains(o.Factory) || (o != target && others(o.Definition).Contains(target.Factory))))
            {
                Assert.True(other != target, $"Target '{target.Name}' cannot have a dependency on itself");
                links.Add(other);
            }
        }
    }

    private static IEnumerable<PropertyInfo> Properties(Type type)
        => type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Where(p => p.PropertyType == typeof(Target));
}
