// SPDX-License-Identifier: MIT
using System.Diagnostics;
using TorchSharp;
using Yoso.Models.Native;

namespace Yoso.Models.Tests.Native;

public class TorchNativeTests
{
    [Fact]
    public void Description_NamesTheFolder_OnceTorchHasStarted()
    {
        using var one = torch.ones(1);

        Assert.StartsWith("TorchSharp 0.107.0, libtorch 2.10", TorchNative.Version, StringComparison.Ordinal);
        Assert.Matches("^(libtorch from .+|loaded by the system's ordinary search)", TorchNative.Description);
    }

    /// <summary>Fails by design where <see cref="MissingLibTorch_IsOneClearMessage"/> starts it without libtorch.</summary>
    [Fact]
    public void Torch_Starts()
    {
        using var two = torch.ones(2);

        Assert.Equal(2, two.sum().item<float>());
    }

    [Fact]
    public void MissingLibTorch_IsOneClearMessage()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Equal("loaded by the system's ordinary search", TorchNative.Description);
            return;
        }

        var start = new ProcessStartInfo("dotnet", [typeof(TorchNativeTests).Assembly.Location, "-noColor", "-method", $"{typeof(TorchNativeTests).FullName}.{nameof(Torch_Starts)}"]) { RedirectStandardOutput = true };
        start.Environment["YOSO_LIBTORCH"] = "/no/such/folder";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        Assert.NotEqual(0, process.ExitCode);
        Assert.Contains("YOSO_LIBTORCH names /no/such/folder, which holds no libtorch_cpu.so: set it to the lib folder of a libtorch 2.10, or unset it", output, StringComparison.Ordinal);
    }
}
