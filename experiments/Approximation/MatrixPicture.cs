// SPDX-License-Identifier: MIT
using System.Net;
using System.Text;
using Yoso.Data.Images;

namespace Yoso.Experiments.Approximation;

/// <summary>A table of square matrices as a stand-alone SVG: each a grey image, dark where the weight is large.</summary>
internal static class MatrixPicture
{
    private const int Side = 168, Gap = 12, Left = 122, Top = 58, MostPixels = 168;

    /// <param name="rows">A label and its matrices, [n * n], one for each column.</param>
    public static string Svg(string title, IReadOnlyList<string> columns, IReadOnlyList<(string Label, IReadOnlyList<double[]> Matrices)> rows)
    {
        var (width, height) = (Left + (columns.Count * (Side + Gap)), Top + (rows.Count * (Side + Gap)) + 20);
        var svg = new StringBuilder();
        Append(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"sans-serif\" font-size=\"13\">\n");
        Append(svg, $"<title>{WebUtility.HtmlEncode(title)}</title>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n<text x=\"{Gap}\" y=\"22\" font-size=\"15\">{WebUtility.HtmlEncode(title)}</text>\n");
        for (var c = 0; c < columns.Count; c++)
        {
            Append(svg, $"<text x=\"{Left + (c * (Side + Gap)) + (Side / 2)}\" y=\"{Top - 8}\" text-anchor=\"middle\">{WebUtility.HtmlEncode(columns[c])}</text>\n");
        }

        for (var r = 0; r < rows.Count; r++)
        {
            var y = Top + (r * (Side + Gap));
            Append(svg, $"<text x=\"{Gap}\" y=\"{y + (Side / 2)}\">{WebUtility.HtmlEncode(rows[r].Label)}</text>\n");
            for (var c = 0; c < columns.Count; c++)
            {
                var x = Left + (c * (Side + Gap));
                var image = Convert.ToBase64String(Png(rows[r].Matrices[c]));
                Append(svg, $"<image x=\"{x}\" y=\"{y}\" width=\"{Side}\" height=\"{Side}\" style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{image}\"/>");
                Append(svg, $"<rect x=\"{x}\" y=\"{y}\" width=\"{Side}\" height=\"{Side}\" fill=\"none\" stroke=\"#999999\"/>\n");
            }
        }

        Append(svg, $"<text x=\"{Left}\" y=\"{height - 6}\" fill=\"#555555\">rows: queries, columns: keys; each row is divided by its largest weight</text>\n");
        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>Means of squares of entries where a matrix has more than a picture shows.</summary>
    internal static byte[] Png(double[] matrix)
    {
        var n = (int)Math.Round(Math.Sqrt(matrix.Length));
        var block = (n + MostPixels - 1) / MostPixels;
        var pixels = (n + block - 1) / block;
        var grey = new byte[pixels * pixels];
        for (var i = 0; i < pixels; i++)
        {
            var row = Enumerable.Range(0, pixels).Select(j => Mean(matrix, n, i * block, j * block, block)).ToArray();
            var most = row.Max();
            for (var j = 0; j < pixels; j++)
            {
                grey[(i * pixels) + j] = (byte)(255 - Math.Round(255 * (most > 0 ? row[j] / most : 0)));
            }
        }

        return GreyPng.Write(pixels, pixels, grey);
    }

    private static double Mean(double[] matrix, int n, int row, int column, int block)
    {
        var (sum, count) = (0.0, 0);
        for (var i = row; i < Math.Min(n, row + block); i++)
        {
            for (var j = column; j < Math.Min(n, column + block); j++)
            {
                sum += matrix[(i * n) + j];
                count++;
            }
        }

        return sum / count;
    }

    private static void Append(StringBuilder svg, FormattableString text) => svg.Append(FormattableString.Invariant(text));
}
