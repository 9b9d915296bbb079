using System.Net;

namespace Proa.Client.Grpc;

/// <summary>A request's body that is sent at once and does not end before its call does.</summary>
internal sealed class HeldContent : HttpContent
{
    private readonly HttpContent _inner;
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HeldContent(HttpContent inner)
    {
        _inner = inner;
        Headers.ContentType = inner.Headers.ContentType;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken ct)
    {
        await _inner.CopyToAsync(stream, context, ct);
        await stream.FlushAsync(ct);
        await _over.Task.WaitAsync(ct);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        _over.TrySetResult();
        base.Dispose(disposing);
    }
}
