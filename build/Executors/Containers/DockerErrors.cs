// SPDX-License-Identifier: MIT
using System.Net.Sockets;
using System.Text.Json;
using Docker.DotNet;

namespace Executors;

/// <summary>One line for what an engine can answer: what is wrong and what to do.</summary>
internal static class DockerErrors
{
    public const string NoGpuRuntime = "the Docker engine has no GPU runtime: install nvidia-container-toolkit, run 'nvidia-ctk runtime configure --runtime=docker' and restart the engine; --device cpu runs without a GPU";

    public static bool IsDocker(Exception e) => e is DockerApiException or HttpRequestException or TimeoutException or SocketException or IOException or InvalidOperationException { InnerException: SocketException }
        || (e is AggregateException all && all.InnerExceptions.Any(IsDocker));

    public static ExecutorFailure Failure(Exception e, string endpoint) => new(Line(e, endpoint), e);

    public static string Line(Exception e, string endpoint)
    {
        if (Chain(e).OfType<SocketException>().FirstOrDefault() is { } socket)
        {
            return Connection(socket.SocketErrorCode, endpoint);
        }

        if (Chain(e).OfType<UnauthorizedAccessException>().Any())
        {
            return Connection(SocketError.AccessDenied, endpoint);
        }

        var message = e is DockerApiException api ? ApiMessage(api) : e.Message.Split('\n')[0];
        return Known(message) ?? $"Docker: {message}";
    }

    /// <summary>What an engine's words mean here, null when they speak for themselves.</summary>
    public static string? Known(string message)
    {
        if (Has(message, "no space left on device"))
        {
            return "the disk is full where the Docker engine keeps its images (docker info: Docker Root Dir): free space there, e.g. with docker system prune";
        }

        if (Has(message, "could not select device driver") || Has(message, "unknown runtime specified nvidia") || Has(message, "unresolvable CDI devices"))
        {
            return NoGpuRuntime;
        }

        if (Has(message, "Range of CPUs") || Has(message, "Minimum memory limit"))
        {
            return $"Docker: {message}: change {(Has(message, "CPUs") ? "cpus" : "memory")} in the resources file";
        }

        return Has(message, "permission denied") && Has(message, "docker.sock") ? Connection(SocketError.AccessDenied, message) : null;
    }

    private static string Connection(SocketError error, string endpoint) => error == SocketError.AccessDenied
        ? $"no permission on the Docker engine's socket {endpoint}: become a member of its group (sudo usermod -aG docker $USER, then log in again)"
        : $"no Docker engine answers at {endpoint}: start one (sudo systemctl start docker) or set DOCKER_HOST; --executor local needs none";

    private static string ApiMessage(DockerApiException e)
    {
        try
        {
            using var body = JsonDocument.Parse(e.ResponseBody ?? "");
            return body.RootElement.GetProperty("message").GetString()!.Trim().Split('\n')[0];
        }
        catch (Exception other) when (other is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return e.Message.Split('\n')[0];
        }
    }

    private static IEnumerable<Exception> Chain(Exception e)
    {
        for (var at = e; at != null; at = at.InnerException)
        {
            yield return at;
        }
    }

    private static bool Has(string text, string part) => text.Contains(part, StringComparison.OrdinalIgnoreCase);
}
