// SPDX-License-Identifier: MIT
using Yoso.Data.Retrieval;
using Yoso.Data.Text;

namespace Yoso.Data.Tests.Retrieval;

public sealed class AanDataSetTests : IDisposable
{
    private const string Good = "1.0\tP1\tP2\tfirst paper\tsecond paper\n0.0\tP1\tP3\tfirst paper\t\"quoted\"\r\n";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private ClassificationData Prepare(string train)
    {
        File.WriteAllText(folder["new_aan_pairs.train.tsv"], train, System.Text.Encoding.Latin1);
        File.WriteAllText(folder["new_aan_pairs.eval.tsv"], Good);
        File.WriteAllText(folder["new_aan_pairs.test.tsv"], Good);
        return AanDataSet.FromFolder(new() { MaxBytes = 10, PaddedLength = 12 }, folder.ToString()).Prepare(folder["data"]);
    }

    [Fact]
    public void Prepare_ReadsBothTexts()
    {
        var data = Prepare(Good);

        data.Train.Verify();
        Assert.Equal((2, 2, 2), (data.Train.Count, data.Dev.Count, data.Test.SequencesPerExample));
        Assert.Equal([1, 0], [data.Train.Label(0), data.Train.Label(1)]);
        Assert.Equal("first pape", ByteText.Decode(data.Train.Sequence(0)));
        Assert.Equal("second pap", ByteText.Decode(data.Train.Sequence(0, 1)));
        Assert.Equal("\"quoted\"", ByteText.Decode(data.Train.Sequence(1, 1)));
    }

    [Theory]
    [InlineData("1.0\tP1\tP2\tonly one\n", "line 1, column 19: 5 columns separated by tabs are expected, 4 found")]
    [InlineData(Good + "1.0\ta\tb\tc\td\te\n", "line 3, column 12: more than 5 columns")]
    [InlineData(Good + "yes\ta\tb\tc\td\n", "line 3, column 1: the label must be 0 or 1")]
    [InlineData(Good + "1.0\ta\tb\tc\tcaf\u00e9 \n", "line 3, column 14: this byte is not UTF-8")]
    [InlineData("", "has no rows")]
    public void Prepare_NamesLineAndColumn_WhenARowIsMalformed(string train, string problem)
    {
        var error = Assert.Throws<DataFormatException>(() => Prepare(train));

        Assert.Contains(folder["new_aan_pairs.train.tsv"], error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder["data/retrieval"]));
    }

    [Fact]
    public void LineReader_StopsInTime_WhenALineHasNoEnd()
    {
        using var endless = new EndlessStream();
        var reader = new Utf8LineReader(endless, "endless.tsv", 1 << 20);

        var error = Assert.Throws<DataFormatException>(() => reader.TryRead(out _));

        Assert.Contains("endless.tsv, line 1, column 1: the line is longer than 1048576 bytes", error.Message, StringComparison.Ordinal);
        Assert.InRange(endless.Given, 1, 1 << 23);
    }

    [Fact]
    public void LineReader_KeepsEveryLine_WhateverTheReadsAre() => CsCheck.Check.Sample(
        CsCheck.Gen.Select(CsCheck.Gen.String[CsCheck.Gen.Char["ab\n\r"], 0, 200], CsCheck.Gen.Int[1, 7]), (text, step) =>
        {
            var reader = new Utf8LineReader(new SlowStream(System.Text.Encoding.ASCII.GetBytes(text), step), "x", 1000);
            var lines = new List<string>();
            while (reader.TryRead(out var line)) lines.Add(System.Text.Encoding.ASCII.GetString(line));

            var expected = text.Split('\n').ToList();
            if (expected[^1].Length == 0) expected.RemoveAt(expected.Count - 1);
            Assert.Equal(expected.Select(line => line.EndsWith('\r') ? line[..^1] : line), lines);
            Assert.Equal(expected.Count, reader.Line);
        }, iter: 500);

    private sealed class EndlessStream : MemoryStream
    {
        internal long Given { get; private set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            buffer.AsSpan(offset, count).Fill((byte)'x');
            Given += count;
            return count;
        }
    }

    private sealed class SlowStream(byte[] bytes, int step) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(step, count));
    }
}
