// SPDX-License-Identifier: MIT
using System.Text.Json;

namespace Yoso.Reports.Tests.Exports;

public sealed class ResultsJsonTests
{
    [Fact]
    public void Cells_KeepBothGroups_WhereResultsHaveTwo()
    {
        var cells = JsonDocument.Parse(Report.Files(Records.Paper())["results.json"]).RootElement.GetProperty("cells").EnumerateArray().ToArray();
        JsonElement Cell(string model) => cells.Single(c => c.GetProperty("task").GetString() == "listops" && c.GetProperty("model").GetString() == model);

        var humps = Cell("softmax").GetProperty("humps");

        Assert.Equal(27, humps.GetProperty("partedAt").GetDouble());
        Assert.Equal((1, 17.2), (humps.GetProperty("lower").GetProperty("runs").GetInt32(), humps.GetProperty("lower").GetProperty("mean").GetDouble()));
        Assert.Equal(4, humps.GetProperty("upper").GetProperty("runs").GetInt32());
        Assert.Equal(humps.GetProperty("upper").GetProperty("mean").GetDouble(), Cell("softmax").GetProperty("mean").GetDouble());
        Assert.Equal(5, Cell("softmax").GetProperty("runs").GetArrayLength());
        Assert.False(Cell("none").TryGetProperty("humps", out _));
    }
}
