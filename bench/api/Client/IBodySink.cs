namespace Proa.Bench.Api.Client;

/// <summary>Takes an answer's body as it comes.</summary>
internal interface IBodySink
{
    void Take(ReadOnlySpan<byte> part);
}
