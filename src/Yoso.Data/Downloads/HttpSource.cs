// SPDX-License-Identifier: MIT
using System.Net;
using System.Net.Http.Headers;

namespace Yoso.Data.Downloads;

/// <summary>What a server says of a file before it is downloaded.</summary>
/// <param name="Total">Bytes, where the server says.</param>
/// <param name="Ranges">Whether it gives parts.</param>
/// <param name="Validator">A strong ETag or a date, by which parts of different versions are told apart.</param>
internal sealed record RemoteState(long? Total, bool Ranges, string? Validator);

/// <summary>The server no longer gives what it gave at first: everything received is worthless.</summary>
internal sealed class ContentChangedException() : Exception("the content has changed");

/// <summary>A failure that may pass.</summary>
internal sealed class TransientException(string message, TimeSpan? after = null, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>The server's wish.</summary>
    internal TimeSpan? After => after;
}

/// <summary>Single requests, whose failures are sorted into those that may pass and those that will not.</summary>
internal sealed class HttpSource(HttpClient client, Uri address, DownloadOptions options)
{
    private const int BufferBytes = 1 << 17;

    internal Uri Address => address;

    /// <summary>Asks for the first byte.</summary>
    internal async Task<RemoteState> Probe(CancellationToken cancellation)
    {
        using var response = await Send(new RangeHeaderValue(0, 0), null, cancellation);
        var validator = response.Headers.ETag is { IsWeak: false } tag ? tag.Tag : response.Content.Headers.LastModified?.ToString("R");
        return response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.Length is { } total
            ? new RemoteState(total, Ranges: true, validator)
            : new RemoteState(response.Content.Headers.ContentLength, Ranges: false, validator);
    }

    /// <summary>Reads bytes from <paramref name="from"/> to <paramref name="to"/> (exclusive), handing on each piece with its position.</summary>
    /// <exception cref="ContentChangedException">The server sends another version, or the whole file.</exception>
    internal async Task ReadRange(
        long from, long to, long total, string? validator, Func<long, ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellation)
    {
        using var response = await Send(new RangeHeaderValue(from, to - 1), validator, cancellation);
        var range = response.Content.Headers.ContentRange;
        if (response.StatusCode != HttpStatusCode.PartialContent || range?.From != from || range.Length != total) throw new ContentChangedException();
        await Copy(response, from, to, take, cancellation);
    }

    /// <summary>Reads the whole file; the number of bytes is what the server said, if it did.</summary>
    internal async Task ReadAll(long? total, Func<long, ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellation)
    {
        using var response = await Send(null, null, cancellation);
        if (total is not null && response.Content.Headers.ContentLength != total) throw new ContentChangedException();
        await Copy(response, 0, total, take, cancellation);
    }

    private async Task Copy(
        HttpResponseMessage response, long from, long? to, Func<long, ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellation)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var buffer = new byte[BufferBytes];
        var position = from;
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            while (true)
            {
                stall.CancelAfter(options.Stall);
                var read = await body.ReadAsync(buffer, stall.Token);
                if (read == 0) break;
                if (to is not null && position + read > to) throw new ContentChangedException();
                await take(position, buffer.AsMemory(0, read));
                position += read;
            }
        }
        catch (Exception e) when (IsConnection(e, cancellation))
        {
            throw new TransientException("the connection broke", cause: e);
        }
        if (to is not null && position < to) throw new TransientException("the connection ended early");
    }

    private async Task<HttpResponseMessage> Send(RangeHeaderValue? range, string? validator, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Range = range;
        if (validator is not null && range is not null) request.Headers.TryAddWithoutValidation("If-Range", validator);
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stall.CancelAfter(options.Stall);
        HttpResponseMessage response;
        try
        {
            response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stall.Token);
        }
        catch (Exception e) when (IsConnection(e, cancellation))
        {
            throw new TransientException(e is HttpRequestException ? e.Message : "no answer", cause: e);
        }
        if (response.IsSuccessStatusCode) return response;
        using (response)
        {
            var status = (int)response.StatusCode;
            if (status is 412 or 416) throw new ContentChangedException();
            if (status is 408 or 429 or >= 500) throw new TransientException($"the server answers {status}", response.Headers.RetryAfter?.Delta);
            throw new DownloadException($"{address}: the server answers {status} {response.ReasonPhrase}; download the file by hand and name its folder as mirror");
        }
    }

    /// <summary>Time-outs are cancellations that the caller did not ask for.</summary>
    private static bool IsConnection(Exception e, CancellationToken cancellation) =>
        e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellation.IsCancellationRequested);
}
