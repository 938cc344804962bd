// SPDX-License-Identifier: MIT
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;

namespace Yoso.Data.Tests.Downloads;

/// <summary>An HTTP server on this machine that serves one file and misbehaves as a test wishes.</summary>
internal sealed class FileServer : IDisposable
{
    private readonly HttpListener listener;
    private int requests;

    internal FileServer()
    {
        // A port may be taken; a listener that could not start is spent.
        for (var attempt = 0; ; attempt++)
        {
            var port = 10_000 + Random.Shared.Next(20_000);
            listener = new HttpListener();
            listener.Prefixes.Add($"http://127.0.0.1:{port}/");
            try
            {
                listener.Start();
                Address = new Uri($"http://127.0.0.1:{port}/files/data.bin");
                break;
            }
            catch (HttpListenerException) when (attempt < 50)
            {
                listener.Close();
            }
        }
        _ = Serve();
    }

    internal Uri Address { get; }

    internal byte[] Content { get; set; } = [];

    internal string? ETag { get; set; } = "\"one\"";

    internal bool Ranges { get; set; } = true;

    /// <summary>Called with the number of each request, from 1; true if it has answered.</summary>
    internal Func<int, HttpListenerContext, bool> Misbehave { get; set; } = (_, _) => false;

    /// <summary>Range headers of all requests in order of arrival; empty for none.</summary>
    internal ConcurrentQueue<string> Seen { get; } = new();

    public void Dispose() => listener.Close();

    /// <summary>Announces a length, sends less, and cuts the connection.</summary>
    internal static void Drop(HttpListenerContext context, long announced, ReadOnlySpan<byte> sent)
    {
        context.Response.ContentLength64 = announced;
        context.Response.OutputStream.Write(sent);
        context.Response.OutputStream.Flush();
        context.Response.Abort();
    }

    internal static (long From, long To)? RangeOf(HttpListenerContext context, long total)
    {
        var header = context.Request.Headers["Range"];
        if (header is null) return null;
        var ends = header["bytes=".Length..].Split('-');
        return (long.Parse(ends[0], CultureInfo.InvariantCulture), Math.Min(total, long.Parse(ends[1], CultureInfo.InvariantCulture) + 1));
    }

    internal void Answer(HttpListenerContext context)
    {
        var response = context.Response;
        if (ETag is not null) response.Headers["ETag"] = ETag;
        var condition = context.Request.Headers["If-Range"];
        var range = Ranges && (condition is null || condition == ETag) ? RangeOf(context, Content.Length) : null;
        var (from, to) = range ?? (0, Content.Length);
        if (range is not null)
        {
            response.StatusCode = 206;
            response.Headers["Content-Range"] = $"bytes {from}-{to - 1}/{Content.Length}";
        }
        response.ContentLength64 = to - from;
        response.OutputStream.Write(Content.AsSpan((int)from, (int)(to - from)));
        response.Close();
    }

    private async Task Serve()
    {
        while (listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            _ = Task.Run(() => Handle(context));
        }
    }

    private void Handle(HttpListenerContext context)
    {
        Seen.Enqueue(context.Request.Headers["Range"] ?? "");
        try
        {
            if (!Misbehave(Interlocked.Increment(ref requests), context)) Answer(context);
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or IOException or InvalidOperationException)
        {
            // The client went away.
        }
    }
}
