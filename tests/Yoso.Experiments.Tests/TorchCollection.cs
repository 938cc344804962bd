// SPDX-License-Identifier: MIT
namespace Yoso.Experiments.Tests;

/// <summary>
/// Tests that hold dropout bit for bit run apart from all others: torch's generator belongs to the process, and a draw or a seed of another test
/// in between would change theirs. A job has its process to itself.
/// </summary>
[CollectionDefinition("torch", DisableParallelization = true)]
public sealed class TorchCollection;
