// SPDX-License-Identifier: MIT
namespace Yoso.Cuda;

/// <summary>Hash codes of queries and keys by random rotations: the same bits as Yoso.Cpu's for the same signs.</summary>
public static class HadamardHash
{
    private const int Threads = 128;

    /// <summary>Hashes all rows.</summary>
    /// <param name="batch">Shapes and stream.</param>
    /// <param name="signs">32-bit words, <see cref="LshPlan.SignWords"/> an item, item after item; laid out as Yoso.Cpu's.</param>
    /// <param name="query">Rows to hash.</param>
    /// <param name="key">Rows to hash.</param>
    /// <param name="codes">Overwritten.</param>
    /// <exception cref="ArgumentException">Strides or addresses do not fit; the message has them.</exception>
    /// <exception cref="Driver.CudaException">The driver refuses the launch.</exception>
    public static void Hash(DeviceBatch batch, DevicePointer signs, DeviceRows query, DeviceRows key, DeviceCodes codes)
    {
        var (plan, group) = (batch.Plan, batch.Plan.Whole);
        if (group.Tokens == 0)
        {
            return;
        }

        query.Check(plan.Items, "query");
        key.Check(plan.Items, "key");
        if (signs.IsNull || batch.Offsets.IsNull || codes.Query.IsNull || codes.Key.IsNull)
        {
            throw new ArgumentException($"{plan} needs offsets, signs, query codes and key codes; got {batch.Offsets}, {signs}, {codes.Query}, {codes.Key}");
        }

        var blocks = DeviceBatch.CeilingDivide(group.MaxLength, TokensPerBlock(plan.Items.Width));
        batch.Launch("HadamardHash", "yoso_hadamard_hash", group, blocks, Threads, (int)plan.HashSharedBytes, new HadamardHashArgs(
            batch.Parameter(group, blocks), query.Data, key.Data, signs, codes.Query, codes.Key, query.Stride, key.Stride,
            plan.Rotations, (int)plan.Parameters.Sampler, Sides: 2), sides: 2);
    }

    private static int TokensPerBlock(int width) => width switch
    {
        <= 64 => 128,
        128 => 64,
        _ => 32,
    };
}
