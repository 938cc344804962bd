// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Models.Native;

namespace Yoso.Experiments;

internal static class Init
{
    /// <summary>Before TorchSharp's static constructor looks for its library.</summary>
#pragma warning disable CA2255 // a program of ours, not a library
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Run() => TorchNative.Install();
}
