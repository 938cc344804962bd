// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Cpu;
using Yoso.Models;
using Yoso.Models.Attention;
using static TorchSharp.torch;
using HashSampler = Yoso.Cpu.HashSampler;
using HadamardHash = Yoso.Cpu.HadamardHash;

namespace Yoso.Experiments.Approximation;

/// <summary>The weights that a head's queries give its keys, [n, n] row by row.</summary>
internal static class AttentionMatrices
{
    public static double[] Softmax(TrainedHead head)
    {
        using var scope = NewDisposeScope();
        var logits = head.Query.matmul(head.Key.transpose(0, 1)) / Math.Sqrt(head.Query.shape[1]);
        return Values(nn.functional.softmax(logits, -1));
    }

    /// <summary>Collision probabilities.</summary>
    public static double[] Expectation(TrainedHead head, int codeLength)
    {
        using var scope = NewDisposeScope();
        var dots = nn.functional.normalize(head.Query, 2, -1).matmul(nn.functional.normalize(head.Key, 2, -1).transpose(0, 1));
        return Values((1 - dots.clamp(-1, 1).acos() / Math.PI).pow(codeLength));
    }

    /// <summary>Shares of <paramref name="hashCount"/> hashes in which query and key collide, by the codes that the kernels compute.</summary>
    public static unsafe double[] Sampled(TrainedHead head, int hashCount, int codeLength, HashSampler sampler, Seed seed)
    {
        var (n, d) = ((int)head.Query.shape[0], (int)head.Query.shape[1]);
        var (shape, options) = (new PackedShape([0, n], 1, d), new LshOptions(hashCount, codeLength, sampler));
        var signs = AttentionKernels.Signs(d, 1, options, seed);
        using HashCodes query = new(shape, options), key = new(shape, options);
        Hash(head.Query, query);
        Hash(head.Key, key);
        var shares = new double[n * n];
        for (var hash = 0; hash < hashCount; hash++)
        {
            var rows = query.Codes(0, hash);
            var columns = key.Codes(0, hash);
            for (var i = 0; i < n; i++)
            {
                for (var j = 0; j < n; j++)
                {
                    shares[(i * n) + j] += rows[i] == columns[j] ? 1.0 / hashCount : 0;
                }
            }
        }

        return shares;

        void Hash(Tensor vectors, HashCodes codes)
        {
            var values = vectors.data<float>().ToArray();
            fixed (float* p = values)
            {
                HadamardHash.Hash(new HeadTensor(p, d), signs, codes, 1);
            }
        }
    }

    private static double[] Values(Tensor matrix) => matrix.to(float64).contiguous().data<double>().ToArray();
}
