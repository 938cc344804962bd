// SPDX-License-Identifier: MIT
namespace ExecutorsTests;

/// <summary>The classes that share one engine.</summary>
[CollectionDefinition]
public sealed class EngineTests : ICollectionFixture<TestEngine>;
