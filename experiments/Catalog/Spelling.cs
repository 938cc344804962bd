// SPDX-License-Identifier: MIT
namespace Yoso.Experiments.Catalog;

/// <summary>One line for a name that does not exist: what was typed, what exists, the nearest spelling first.</summary>
internal static class Spelling
{
    /// <summary>Null when <paramref name="name"/> exists (ordinal), else e.g. "unknown model 'yoso-23': did you mean yoso-32? Known: ...".</summary>
    public static string? Problem(string kind, string name, IEnumerable<string> known)
    {
        var names = known.ToArray();
        if (names.Contains(name, StringComparer.Ordinal))
        {
            return null;
        }

        var nearest = names.OrderBy(k => Distance(name, k)).FirstOrDefault();
        var hint = nearest is not null && Distance(name, nearest) <= Math.Max(2, name.Length / 3) ? $" did you mean '{nearest}'?" : "";
        var ordered = hint.Length > 0 ? names.Where(k => k == nearest).Concat(names.Where(k => k != nearest)) : names;
        return $"unknown {kind} '{name}':{hint} known: {string.Join(", ", ordered)}";
    }

    /// <summary>Edit distance in which exchanging two neighbours counts one (optimal string alignment), ignoring case.</summary>
    public static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            d[i, 0] = i;
        }

        for (var j = 0; j <= b.Length; j++)
        {
            d[0, j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var same = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]);
                d[i, j] = Math.Min(Math.Min(d[i - 1, j], d[i, j - 1]) + 1, d[i - 1, j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 2]) && char.ToLowerInvariant(a[i - 2]) == char.ToLowerInvariant(b[j - 1]))
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }

        return d[a.Length, b.Length];
    }
}
