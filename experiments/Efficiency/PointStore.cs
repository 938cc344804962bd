// SPDX-License-Identifier: MIT
using System.Text.Json;

namespace Yoso.Experiments.Efficiency;

/// <summary>
/// Keeps each answer as a line of a file, so that a measurement that was stopped goes on at the next point. Answers of another program
/// or machine, and points without an answer, are asked again.
/// </summary>
internal sealed class PointStore(IPointMeter meter, string path, string key) : IPointMeter
{
    private readonly Dictionary<PointRequest, PointAnswer> _answers = Read(path, key);

    private sealed record Line(string Key, PointRequest Request, PointAnswer Answer);

    /// <summary>Answers of an earlier start.</summary>
    public int Count => _answers.Count;

    public (PointAnswer? Answer, string? Missing) Measure(PointRequest request, CancellationToken cancellationToken)
    {
        if (_answers.TryGetValue(request, out var known))
        {
            return (known, null);
        }

        var (answer, missing) = meter.Measure(request, cancellationToken);
        if (answer is not null)
        {
            _answers[request] = answer;
            // Ends with a line break before it too, or the rest of a torn line would swallow it.
            File.AppendAllText(path, $"\n{JsonSerializer.Serialize(new Line(key, request, answer))}\n");
        }

        return (answer, missing);
    }

    /// <summary>After the record is written: the next measurement starts anew.</summary>
    public void Delete() => File.Delete(path);

    private static Dictionary<PointRequest, PointAnswer> Read(string path, string key)
    {
        var answers = new Dictionary<PointRequest, PointAnswer>();
        foreach (var text in File.Exists(path) ? File.ReadLines(path).Where(l => l.Length > 0) : [])
        {
            try
            {
                if (JsonSerializer.Deserialize<Line>(text) is { } line && line.Key == key)
                {
                    answers[line.Request] = line.Answer;
                }
            }
            catch (JsonException)
            {
                // A line that a kill cut off: that point is measured again.
            }
        }

        return answers;
    }
}
