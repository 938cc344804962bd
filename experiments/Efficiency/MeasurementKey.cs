// SPDX-License-Identifier: MIT
using System.Security.Cryptography;
using System.Text;
using Yoso.Experiments.Runs;
using Yoso.Models.Encoders;

namespace Yoso.Experiments.Efficiency;

/// <summary>What decides a measurement: the program to the byte, the machine and what was asked.</summary>
internal static class MeasurementKey
{
    /// <summary>SHA-256 in hex. The compiler is deterministic: unchanged sources keep the identity of an assembly.</summary>
    public static string Of(params IEnumerable<string> asked)
    {
        var program = new[] { typeof(MeasurementKey), typeof(LraClassifier), typeof(Cpu.CpuKernels) }.Select(t => t.Module.ModuleVersionId.ToString());
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', [.. program, Fingerprint.CpuModel(), Fingerprint.CpuKernelPath(), Environment.MachineName, .. asked]))));
    }
}
