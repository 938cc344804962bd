// SPDX-License-Identifier: MIT
using System.Linq.Expressions;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Nuke.Common.IO;
using Serilog;

namespace Nuke.Common.Execution;

/// <summary>The targets that the last run finished: .nuke/temp/build-attempt.log, for --continue.</summary>
internal sealed class BuildAttempt
{
    private readonly AbsolutePath file = Invocation.Current.TemporaryDirectory / "build-attempt.log";
    private readonly List<string> finished = [];

    public static BuildAttempt Start(bool resume)
    {
        var attempt = new BuildAttempt();
        var words = string.Join(' ', Invocation.Current.Arguments.Where(a => !a.StartsWith('-')));
        var hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(words)));
        if (resume && attempt.file.FileExists())
        {
            var lines = File.ReadAllLines(attempt.file);
            if (lines.FirstOrDefault() == hash)
            {
                attempt.finished.AddRange(lines.Skip(1));
            }
            else
            {
                Log.Warning("Build invocation changed. Restarting ...");
            }
        }

        File.WriteAllLines(attempt.file, [hash, .. attempt.finished]);
        return attempt;
    }

    public bool HasFinished(ExecutableTarget target) => finished.Contains(target.Name);

    public void Add(ExecutableTarget target) => File.AppendAllLines(file, [target.Name]);
}

/// <summary>Looks at the requirements of all scheduled targets before the first one runs.</summary>
internal static class RequirementCheck
{
    public static void Run(IEnumerable<ExecutableTarget> targets)
    {
        foreach (var target in targets)
        {
            foreach (var requirement in target.Definition.Requirements)
            {
                Check(target, requirement);
            }
        }
    }

    private static void Check(ExecutableTarget target, LambdaExpression requirement)
    {
        var value = requirement.Compile().DynamicInvoke();
        if (requirement is Expression<Func<bool>>)
        {
            Assert.True((bool)value, $"Target '{target.Name}' requires '{Text(requirement.Body)}'");
            return;
        }

        // The package asks for a missing parameter on a terminal; here it is an error everywhere.
        var member = Member(requirement.Body);
        Assert.True(member != null, $"Target '{target.Name}': a requirement must be a member or a condition");
        Assert.True(value is string text ? !string.IsNullOrWhiteSpace(text) : value != null, $"Target '{target.Name}' requires member '{member?.Name}' to be not null or empty");
    }

    private static MemberInfo Member(Expression body) => body switch
    {
        MemberExpression m => m.Member,
        UnaryExpression { Operand: MemberExpression m } => m.Member,
        _ => null,
    };

    /// <summary>The condition without the compiler's "value(Build)." before members.</summary>
    private static string Text(Expression body)
        => System.Text.RegularExpressions.Regex.Replace(body.ToString(), @"value\([^)]*\)\.", "");
}
