using Google.Protobuf;

namespace Proa.Node.Grpc;

/// <summary>The answers of a server-streaming call, one reader at a time. Disposing cancels the call.</summary>
internal sealed class GrpcStream<T>(HttpResponseMessage response, Stream body, MessageParser<T> parser) : IDisposable
    where T : class, IMessage<T>
{
    /// <summary>How the call ended; meaningful once <see cref="NextAsync"/> answered null.</summary>
    public GrpcStatus Status { get; private set; } = GrpcStatus.Ok;

    /// <summary>The next message; null when the stream is over, well or not.</summary>
    public async ValueTask<T?> NextAsync(CancellationToken ct)
    {
        try
        {
            var message = await GrpcFrame.ReadAsync(body, parser, ct);
            if (message is null)
            {
                Status = GrpcTrailers.StatusOf(response);
            }
            return message;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            ct.ThrowIfCancellationRequested();
            Status = new(GrpcCode.Unavailable, e.Message);
            return null;
        }
    }

    public void Dispose()
    {
        body.Dispose();
        response.Dispose();
    }
}
