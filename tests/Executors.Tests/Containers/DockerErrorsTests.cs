// SPDX-License-Identifier: MIT
using System.Net;
using System.Net.Sockets;
using Docker.DotNet;
using Executors;

namespace ExecutorsTests;

public sealed class DockerErrorsTests
{
    [Fact]
    public void Line_NamesTheGroup_WhenTheSocketIsForbidden()
    {
        var error = new HttpRequestException("connection failed", new SocketException((int)SocketError.AccessDenied));

        Assert.Equal("no permission on the Docker engine's socket unix:///x: become a member of its group (sudo usermod -aG docker $USER, then log in again)", DockerErrors.Line(error, "unix:///x"));
    }

    [Theory]
    [InlineData("write /var/lib/docker/tmp/x: no space left on device", "the disk is full where the Docker engine keeps its images")]
    [InlineData("could not select device driver \"\" with capabilities: [[gpu]]", "the Docker engine has no GPU runtime")]
    [InlineData("Range of CPUs is from 0.01 to 2.00", "Docker: Range of CPUs is from 0.01 to 2.00: change cpus in the resources file")]
    [InlineData("unknown or invalid runtime name", "Docker: unknown or invalid runtime name")]
    public void Line_SaysWhatToDo_WhenTheEngineRefuses(string message, string line)
    {
        var error = new DockerApiException(HttpStatusCode.InternalServerError, $$"""{"message":"{{message.Replace("\"", "\\\"", StringComparison.Ordinal)}}"}""");

        Assert.StartsWith(line, DockerErrors.Line(error, "unix:///x"), StringComparison.Ordinal);
    }
}
