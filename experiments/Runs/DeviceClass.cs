// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Experiments.Catalog;

namespace Yoso.Experiments.Runs;

/// <summary>Chooses cpu or cuda; asking for a GPU that is not there is an error, never a silent fallback.</summary>
internal static class DeviceClass
{
    /// <summary>Why jobs of a device class cannot run here, null when they can.</summary>
    public static string? Obstacle(string device) => device == "cuda" && !torch.cuda_is_available() ? "no CUDA device here (./yoso doctor)" : null;

    /// <param name="plan">A plan names the device that is asked for whether it is here or not.</param>
    public static string Resolve(string asked, bool plan = false)
    {
        if (Spelling.Problem("device", asked, Names.Devices) is { } problem)
        {
            throw new UsageException(problem);
        }

        return asked switch
        {
            "cpu" => "cpu",
            "cuda" when plan => "cuda",
            "cuda" when !torch.cuda_is_available() => throw new UsageException(
                "--device cuda: TorchSharp finds no CUDA device here; ./yoso doctor says what is missing, --device cpu runs without one"),
            "cuda" => "cuda",
            // Without a driver the answer is known before libtorch is loaded.
            _ => File.Exists("/dev/nvidiactl") && torch.cuda_is_available() ? "cuda" : "cpu",
        };
    }
}
