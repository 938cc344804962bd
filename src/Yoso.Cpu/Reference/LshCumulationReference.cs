// SPDX-License-Identifier: MIT
namespace Yoso.Cpu.Reference;

/// <summary>One sequence and head by its definition, in double precision: decides what the kernels must give.</summary>
/// <remarks>Codes are [m][n]; matrices are row-major [n, d]. O(n^2 m d) time.</remarks>
public static class LshCumulationReference
{
    /// <summary>output[i] = 1/m * sum over hashes and keys j with the code of query i of value[j].</summary>
    public static double[] Forward(ushort[][] query, ushort[][] key, ReadOnlySpan<float> value, int headDim)
    {
        var queries = query[0].Length;
        var output = new double[queries * headDim];
        for (var i = 0; i < queries; i++)
        {
            for (var j = 0; j < key[0].Length; j++)
            {
                var weight = Collisions(query, key, i, j) / (double)query.Length;
                for (var c = 0; c < headDim && weight != 0; c++)
                {
                    output[(i * headDim) + c] += weight * value[(j * headDim) + c];
                }
            }
        }

        return output;
    }

    /// <summary>In how many hashes query i and key j share a bucket.</summary>
    public static int Collisions(ushort[][] query, ushort[][] key, int i, int j)
    {
        var count = 0;
        for (var hash = 0; hash < query.Length; hash++)
        {
            count += query[hash][i] == key[hash][j] ? 1 : 0;
        }

        return count;
    }
}
