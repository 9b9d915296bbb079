using Google.Protobuf;

namespace Proa.Client.Grpc;

/// <summary>
/// The answers of a server-streaming call, one reader at a time. The server may say nothing, not even headers, until its
/// first message: only <see cref="NextAsync"/> waits for it. Disposing cancels the call.
/// </summary>
public sealed class GrpcStream<T>(Task<HttpResponseMessage> sent, CancellationTokenSource cancel, MessageParser<T> parser) : IDisposable
    where T : class, IMessage<T>
{
    private HttpResponseMessage? _response;
    private Stream? _body;

    /// <summary>How the call ended; meaningful once <see cref="NextAsync"/> answered null.</summary>
    public GrpcStatus Status { get; private set; } = GrpcStatus.Ok;

    /// <summary>The next message; null when the stream is over, well or not.</summary>
    public async ValueTask<T?> NextAsync(CancellationToken ct)
    {
        try
        {
            _response ??= await sent;
            _body ??= await _response.Content.ReadAsStreamAsync(ct);
            var message = await GrpcFrame.ReadAsync(_body, parser, ct);
            if (message is null)
            {
                Status = GrpcTrailers.StatusOf(_response);
            }
            return message;
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancel.IsCancellationRequested && !ct.IsCancellationRequested))
        {
            ct.ThrowIfCancellationRequested();
            Status = GrpcStatus.Of(e);
            return null;
        }
    }

    public void Dispose()
    {
        cancel.Cancel();
        _body?.Dispose();
        _response?.Dispose();
        cancel.Dispose();
    }
}
