// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Experiments.Catalog;

namespace Yoso.Experiments.Runs;

/// <summary>Chooses cpu or cuda; asking for a GPU that is not there is an error, never a silent fallback.</summary>
internal static class DeviceClass
{
    public static string Resolve(string asked)
    {
        if (Spelling.Problem("device", asked, Names.Devices) is { } problem)
        {
            throw new UsageException(problem);
        }

        return asked switch
        {
            "cpu" => "cpu",
            "cuda" when !torch.cuda_is_available() => throw new UsageException(
                "--device cuda: TorchSharp finds no CUDA device here; ./yoso doctor says what is missing, --device cpu runs without one"),
            "cuda" => "cuda",
            // Without a driver the answer is known before libtorch is loaded.
            _ => File.Exists("/dev/nvidiactl") && torch.cuda_is_available() ? "cuda" : "cpu",
        };
    }
}
