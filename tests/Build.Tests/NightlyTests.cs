// SPDX-License-Identifier: MIT
namespace BuildTests;

public sealed class NightlyTests : IDisposable
{
    private readonly BuildProcess process = new();

    public void Dispose() => process.Dispose();

    [Fact]
    public void Nightly_RunsAtItsScaleAndCompares_WhateverTheProfile()
    {
        Assert.Equal(0, process.Run("Nightly", "--models", "softmax"));

        Assert.Equal(["yoso run --models softmax --scale nightly --device auto --slots 0", "yoso report", "yoso nightly"], process.Calls);
    }

    [Fact]
    public void Nightly_StillCompares_WhenAJobFails()
    {
        process.Variables["FAKE_RUN"] = "1";

        process.Run("Nightly");

        Assert.Equal("yoso nightly", process.Calls[^1]);
    }

    [Fact]
    public void Nightly_Fails_WhenSomethingMoved()
    {
        process.Variables["FAKE_NIGHTLY"] = "1";

        Assert.Equal(255, process.Run("Nightly"));
    }

    [Fact]
    public void Nightly_AcceptsMoves_WhenAsked()
    {
        Assert.Equal(0, process.Run("Nightly", "--accept-moves"));

        Assert.Equal("yoso nightly --accept", process.Calls[^1]);
    }
}
