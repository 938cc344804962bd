// SPDX-License-Identifier: MIT
using Yoso.Data.Images;

namespace Yoso.Data.Pathfinder;

/// <summary>Images beside one another, enlarged, for a person to look at.</summary>
public static class PathfinderContactSheet
{
    /// <summary>A PNG file of the first <paramref name="columns"/> x <paramref name="rows"/> images of a split, each pixel <paramref name="zoom"/> wide, with grey gaps.</summary>
    public static byte[] Png(SequenceDataset data, int columns = 4, int rows = 4, int zoom = 5)
    {
        const int side = 32;
        var pitch = (side * zoom) + zoom;
        var (width, height) = ((columns * pitch) + zoom, (rows * pitch) + zoom);
        var sheet = new byte[width * height];
        Array.Fill(sheet, (byte)128);
        for (var i = 0; i < Math.Min(columns * rows, data.Count); i++)
        {
            var image = data.Sequence(i);
            var (left, top) = (zoom + (i % columns * pitch), zoom + (i / columns * pitch));
            for (var y = 0; y < side * zoom; y++)
            {
                for (var x = 0; x < side * zoom; x++) sheet[((top + y) * width) + left + x] = (byte)image[(y / zoom * side) + (x / zoom)];
            }
        }
        return GreyPng.Write(width, height, sheet);
    }
}
