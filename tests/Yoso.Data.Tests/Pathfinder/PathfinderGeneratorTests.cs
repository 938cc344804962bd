// SPDX-License-Identifier: MIT
using Yoso.Data.Images;
using Yoso.Data.Pathfinder;

namespace Yoso.Data.Tests.Pathfinder;

public sealed class PathfinderGeneratorTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private ClassificationData Generate(PathfinderOptions options, int threads, string name) =>
        PathfinderDataSet.Generated(options, threads, null, TestContext.Current.CancellationToken).Prepare(folder[name]);

    [Fact]
    public void Generated_GivesTheSameImages_OnEveryMachineAndThreadCount()
    {
        var options = new PathfinderOptions { TrainCount = 40, DevCount = 5, TestCount = 5, Seed = 3 };

        var one = Generate(options, 1, "one");
        var three = Generate(options, 3, "three");

        Assert.Equal("82c3bcac2a068dc457a4351f0d93244fec22ebd46c746b1de6e9b3a761a46c7e", one.Train.Digest);
        Assert.Equal(one.Manifest.Digest, three.Manifest.Digest);
        Assert.NotEqual(one.Train.Digest, Generate(options with { Seed = 4 }, 1, "one").Train.Digest);
        Assert.NotEqual(one.Dev.Digest, one.Test.Digest);
        Assert.Equal((40, 1024, 512, 2), (one.Train.Count, one.Train.PaddedLength, one.Train.VocabularySize, one.Train.ClassCount));
        Assert.Equal(DataKind.Generated, one.Manifest.Kind);
    }

    [Fact]
    public void Generated_AveragesSquares_WhenShrunk()
    {
        var options = new PathfinderOptions { TrainCount = 20, DevCount = 1, TestCount = 1, ContourLength = 2, DistractorCount = 0 };

        var large = Generate(options, 1, "large");
        var small = Generate(options with { Shrink = 2 }, 1, "small");

        Assert.Equal((256, 1024), (small.Train.PaddedLength, large.Train.PaddedLength));
        for (var image = 0; image < 20; image++)
        {
            Assert.Equal(large.Train.Label(image), small.Train.Label(image));
            for (var at = 0; at < 256; at++)
            {
                var corner = (at / 16 * 64) + (at % 16 * 2);
                var sum = ((int[])[corner, corner + 1, corner + 32, corner + 33]).Sum(i => large.Train.Sequence(image)[i]);
                Assert.Equal((sum + 2) / 4, small.Train.Sequence(image)[at]);
            }
        }

        Assert.Contains("0 distractors, squares of 2 x 2 pixels averaged into one", small.Manifest.Source, StringComparison.Ordinal);
        Assert.Contains("Shrink is 3", Assert.Single((options with { Shrink = 3 }).Problems()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(6, 10, 2)]
    [InlineData(9, 6, 3)]
    [InlineData(3, 0, 1)]
    public void Draw_MakesContoursAsLongAsAsked(int length, int distractors, int distractorLength)
    {
        var options = new PathfinderOptions { Seed = 7, ContourLength = length, DistractorCount = distractors };
        var generator = new PathfinderGenerator(options);
        var grey = new ushort[1024];

        for (ulong i = 0; i < 50; i++)
        {
            generator.Draw(i, grey);
            Assert.Equal((length, length), (generator.First.Count, generator.Second.Count));
            Assert.InRange(generator.DistractorCount, distractors / 2, distractors);
        }

        Assert.Equal(distractorLength, options.DistractorLength);
        Assert.Empty(options.Problems());
        Assert.NotEmpty((options with { ContourLength = 15 }).Problems());
    }

    [Fact]
    public void Draw_KeepsTheRules_ForEveryImage()
    {
        var generator = new PathfinderGenerator(new PathfinderOptions { Seed = 5 });
        var grey = new ushort[1024];
        int ones = 0, fromFirst = 0, distractors = 0;
        long ink = 0;
        const int count = 2000;
        for (ulong i = 0; i < count; i++)
        {
            var label = generator.Draw(i, grey);
            var (first, second) = (generator.First, generator.Second);
            Assert.Equal((14, 14), (first.Count, second.Count));
            var (dx, dy) = (first.Origin.X - second.Origin.X, first.Origin.Y - second.Origin.Y);
            Assert.InRange(Math.Sqrt((dx * dx) + (dy * dy)), 7 - 0.71, 7 + 0.71); // both coordinates are rounded
            Assert.InRange(first.Origin.X, 14, 17);
            Assert.InRange(first.Origin.Y, 14, 17);

            var startsAtFirst = generator.Markers.Start == first.Origin;
            Assert.True(startsAtFirst || generator.Markers.Start == second.Origin);
            Assert.Equal(startsAtFirst == (label == 1) ? first.Tip : second.Tip, generator.Markers.End);
            Assert.Equal((0, 255), (grey.Min(), grey.Max()));
            Assert.InRange(grey[(generator.Markers.Start.Y * 32) + generator.Markers.Start.X], 100, 255);
            Assert.InRange(grey[(generator.Markers.End.Y * 32) + generator.Markers.End.X], 100, 255);

            ones += label;
            fromFirst += startsAtFirst ? 1 : 0;
            distractors += generator.DistractorCount;
            ink += grey.Count(value => value > 0);
        }

        // Fair coins: 4.9 standard errors, passed with probability 1 - 1e-6 over seeds.
        var bound = 4.9 * Math.Sqrt(count * 0.25);
        Assert.InRange(ones, (count / 2) - bound, (count / 2) + bound);
        Assert.InRange(fromFirst, (count / 2) - bound, (count / 2) + bound);
        Assert.InRange((double)distractors / count, 4.2, 5); // few of the five find no room
        Assert.InRange((double)ink / count / 1024, 0.35, 0.55);
    }

    [Fact]
    public void Contours_ReachEveryPartOfTheImage_WithoutPreference()
    {
        var generator = new PathfinderGenerator(new PathfinderOptions { Seed = 6 });
        var grey = new ushort[1024];
        double left = 0, top = 0;
        const int count = 1000;
        for (ulong i = 0; i < count; i++)
        {
            generator.Draw(i, grey);
            double all = 0, west = 0, north = 0;
            for (var at = 0; at < 1024; at++)
            {
                all += grey[at];
                west += at % 32 < 16 ? grey[at] : 0;
                north += at < 512 ? grey[at] : 0;
            }
            left += west / all / count;
            top += north / all / count;
        }

        // Coordinates round up in the original, so a small pull to the lower right is right; a mirrored axis or a lost half is not.
        Assert.InRange(left, 0.40, 0.55);
        Assert.InRange(top, 0.40, 0.55);
        Assert.InRange(left - top, -0.03, 0.03);
    }

    [Fact]
    public void Lanczos_KeepsFlatImages_AndCentresLines()
    {
        var flat = new byte[17, 17];
        var line = new byte[17, 17];
        for (var y = 0; y < 17; y++)
        {
            line[y, 8] = 255;
            for (var x = 0; x < 17; x++) flat[y, x] = 200;
        }

        var small = Lanczos.Shrink(line, 9);

        Assert.All(Lanczos.Shrink(flat, 9).Cast<byte>(), value => Assert.Equal(200, value));
        // The middle of 17 pixels is the middle of 9: the kernel is 1 there and 0 at all whole distances; 255 * 9 / 17 = 135.
        Assert.All(Enumerable.Range(0, 9), y => Assert.InRange(small[y, 4], 134, 136));
        Assert.All(Enumerable.Range(0, 9).Where(x => x != 4), x => Assert.Equal(0, small[4, x]));
    }

    [Fact]
    public void ContactSheet_IsAnImageOfTheFirstImages()
    {
        var data = Generate(new() { TrainCount = 6, DevCount = 1, TestCount = 1 }, 1, "sheet").Train;

        var (width, height, grey) = GreyPng.Read(PathfinderContactSheet.Png(data, 3, 2, 2), "sheet");

        Assert.Equal(((3 * 66) + 2, (2 * 66) + 2), (width, height));
        Assert.Equal(128, grey[0]);
        Assert.Equal(data.Sequence(4)[(20 * 32) + 7], grey[((68 + 40) * width) + 68 + 14]);
    }

    [Fact]
    public void Problems_NamesEachBadOption()
    {
        Assert.Empty(new PathfinderOptions().Problems());
        Assert.Equal(3, new PathfinderOptions { TrainCount = 0, DevCount = 0, TestCount = 0 }.Problems().Count());
        Assert.Throws<ArgumentException>(() => Generate(new() { TrainCount = 6_000_000 }, 1, "big"));
    }
}
