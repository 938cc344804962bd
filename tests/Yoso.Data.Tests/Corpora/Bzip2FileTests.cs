// SPDX-License-Identifier: MIT
using System.Text;
using Yoso.Data.Corpora;

namespace Yoso.Data.Tests.Corpora;

public sealed class Bzip2FileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Text that bzip2 makes only three times smaller.</summary>
    private static string Noise(int seed, int length)
    {
        var random = new Random(seed);
        return string.Create(length, random, (text, r) =>
        {
            for (var i = 0; i < text.Length; i++) text[i] = (char)('a' + r.Next(16));
        });
    }

    private List<Bzip2File.Piece> Read(byte[] file, int longestHeld, long resumeAt = 0)
    {
        File.WriteAllBytes(folder["x.bz2"], file);
        return [.. new Bzip2File(folder["x.bz2"], longestHeld).Pieces(resumeAt, 2, TestContext.Current.CancellationToken)];
    }

    private static string Text(IEnumerable<Bzip2File.Piece> pieces) => string.Concat(pieces.Select(p => Encoding.ASCII.GetString(p.Bytes, 0, p.Length)));

    /// <summary>Held streams, streams too long to be held, and both mixed; the window of the reader is 1 MiB.</summary>
    [Theory]
    [InlineData(16 << 20, new[] { 1000, 2_000_000, 10, 3_000_000, 500 })]
    [InlineData(1 << 20, new[] { 1000, 5_000_000, 10, 6_000_000, 4_000_000, 500 })]
    [InlineData(1 << 20, new[] { 8_000_000 })]
    public void Pieces_GiveTheWholeText_OfShortAndLongStreams(int longestHeld, int[] lengths)
    {
        var texts = lengths.Select((length, i) => Noise(i, length)).ToArray();

        var pieces = Read([.. texts.SelectMany(Dumps.Compress)], longestHeld);

        Assert.True(string.Concat(texts) == Text(pieces));
    }

    [Fact]
    public void Pieces_BeginAnew_AtEveryStream()
    {
        var texts = new[] { Noise(1, 1000), Noise(2, 4_000_000), Noise(3, 20), Noise(4, 3000) };
        byte[] file = [.. texts.SelectMany(Dumps.Compress)];

        var places = Read(file, 1 << 20).Where(p => p.At >= 0).Select(p => p.At).ToList();

        Assert.Equal(4, places.Count);
        for (var i = 0; i < 4; i++) Assert.True(string.Concat(texts[i..]) == Text(Read(file, 1 << 20, places[i])));
    }

    [Fact]
    public void Pieces_BeforeTheDamage_AreGiven()
    {
        var streams = Enumerable.Range(0, 10).Select(i => Dumps.Compress(Noise(i, 50_000))).ToArray();
        var before = streams[..7].Sum(s => s.Length);
        byte[] file = [.. streams.SelectMany(s => s)];
        file[before + 400] ^= 0x55;
        File.WriteAllBytes(folder["x.bz2"], file);
        var got = new List<Bzip2File.Piece>();

        var problem = Assert.Throws<DataFormatException>(() =>
        {
            foreach (var piece in new Bzip2File(folder["x.bz2"]).Pieces(0, 3, TestContext.Current.CancellationToken)) got.Add(piece);
        });

        Assert.Contains($"byte {before}", problem.Message, StringComparison.Ordinal);
        Assert.Equal(7, got.Count);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.999)]
    public void Pieces_OfALongStreamCutOff_AreAnError(double share)
    {
        var file = Dumps.Compress(Noise(1, 8_000_000));

        var problem = Assert.Throws<DataFormatException>(() => Read(file[..(int)(file.Length * share)], 1 << 20));

        Assert.Contains("cut off", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pieces_RefuseBytesAfterALongStream() =>
        Assert.Contains("no bzip2 stream", Assert.Throws<DataFormatException>(() => Read([.. Dumps.Compress(Noise(1, 8_000_000)), .. new byte[100]], 1 << 20)).Message, StringComparison.Ordinal);
}
