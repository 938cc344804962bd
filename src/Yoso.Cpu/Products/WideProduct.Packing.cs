// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Yoso.Cpu;

/// <summary>How operands are laid out for the tiles, and results back.</summary>
public static unsafe partial class WideProduct
{
    /// <summary>Columns first .. first + columns - 1 of B as [K, 64], zeros beyond the last.</summary>
    private static void PackPanel(StridedMatrix b, float* panel, int first, int columns, int k)
    {
        if (b.ColumnStride == 1)
        {
            for (var row = 0; row < k; row++)
            {
                var source = new ReadOnlySpan<float>(b.Data + (row * b.RowStride) + first, columns);
                var target = new Span<float>(panel + ((long)row * PanelColumns), PanelColumns);
                source.CopyTo(target);
                target[columns..].Clear();
            }

            return;
        }

        // A transposed B: sixteen rows at a time, so that what is read from a column's line is used before the line is gone.
        for (var row = 0; row < k; row += 16)
        {
            var rows = Math.Min(16, k - row);
            for (var column = 0; column < PanelColumns; column += 4)
            {
                PackTransposed(b.Data + ((first + column) * b.ColumnStride) + row, b.RowStride, b.ColumnStride, rows, columns - column, panel + ((long)row * PanelColumns) + column, PanelColumns);
            }
        }
    }

    /// <summary>Up to <paramref name="depths"/> x 4 elements of neighbouring lines as rows of four, zeros for lines that do not exist.</summary>
    /// <param name="depthStride">Floats between the elements of a line; registers are used where it is 1.</param>
    /// <param name="lines">Lines that exist; 4 or more fill the four.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackTransposed(float* source, long depthStride, long lineStride, int depths, int lines, float* target, long targetStride)
    {
        var depth = 0;
        if (depthStride == 1 && lines >= 4)
        {
            for (; depth + 4 <= depths; depth += 4)
            {
                var p = source + depth;
                Vector128<float> a = Vector128.Load(p), b = Vector128.Load(p + lineStride), c = Vector128.Load(p + (2 * lineStride)), d = Vector128.Load(p + (3 * lineStride));
                Vector128<float> ab = Sse.UnpackLow(a, b), cd = Sse.UnpackLow(c, d), abHigh = Sse.UnpackHigh(a, b), cdHigh = Sse.UnpackHigh(c, d);
                var t = target + (depth * targetStride);
                Sse.MoveLowToHigh(ab, cd).Store(t);
                Sse.MoveHighToLow(cd, ab).Store(t + targetStride);
                Sse.MoveLowToHigh(abHigh, cdHigh).Store(t + (2 * targetStride));
                Sse.MoveHighToLow(cdHigh, abHigh).Store(t + (3 * targetStride));
            }
        }

        for (; depth < depths; depth++)
        {
            for (var line = 0; line < 4; line++)
            {
                target[(depth * targetStride) + line] = line < lines ? source[(depth * depthStride) + (line * lineStride)] : 0;
            }
        }
    }

    /// <summary>Rows of A as [tile][depth][4], zeros beyond the last row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackRows(StridedMatrix a, float* left, int firstRow, int rows, int depth, int depths)
    {
        var tiles = (rows + TileRows - 1) / TileRows;
        var source = a.Data + (firstRow * a.RowStride) + (depth * a.ColumnStride);
        var whole = a.RowStride == 1 ? rows / TileRows : 0;
        // A transposed A: a depth's rows are neighbours, and one depth after another no line is read twice.
        for (var i = 0; whole > 0 && i < depths; i++)
        {
            var line = source + (i * a.ColumnStride);
            for (var tile = 0; tile < whole; tile++)
            {
                Vector128.Load(line + (tile * TileRows)).Store(left + (tile * TileStride) + (i * TileRows));
            }
        }

        for (var tile = whole; tile < tiles; tile++)
        {
            PackTransposed(source + (tile * TileRows * a.RowStride), a.ColumnStride, a.RowStride, depths, rows - (tile * TileRows), left + (tile * TileStride), TileRows);
        }
    }

    /// <summary>A block of the transpose into C: element (row, column) of the block to row "column" of C. Sixteen rows of C at a time, so that their lines are written whole.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Turn(float* block, float* c, long cStride, int rows, int columns)
    {
        var whole = rows / TileRows * TileRows;
        for (var column = 0; column < columns; column += 16)
        {
            var count = Math.Min(16, columns - column);
            for (var row = 0; row < whole; row += TileRows)
            {
                PackTransposed(block + (row * BlockStride) + column, 1, BlockStride, count, TileRows, c + (column * cStride) + row, cStride);
            }

            for (var row = whole; row < rows; row++)
            {
                for (var i = 0; i < count; i++)
                {
                    c[((column + i) * cStride) + row] = block[(row * BlockStride) + column + i];
                }
            }
        }
    }
}
