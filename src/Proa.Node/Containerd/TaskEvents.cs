using Proa.Node.Containerd.V1;
using Proa.Client.Grpc;

namespace Proa.Node.Containerd;

/// <summary>
/// containerd's own event stream: tells at once when a container's process ends. (The Container Runtime Interface has
/// events since containerd 1.7 only.)
/// </summary>
internal sealed class TaskEvents(GrpcClient grpc, TimeProvider time)
{
    private const string Exit = "/tasks/exit";
    private const string Hello = "/proa/subscribed";
    private const string Service = "/containerd.services.events.v1.Events/";
    private static readonly TimeSpan s_helloEvery = TimeSpan.FromMilliseconds(25);

    /// <summary>
    /// Reads events until the stream breaks or the token is cancelled. A subscription is not acknowledged: an event of
    /// our own, published until it is seen, tells that events flow.
    /// </summary>
    /// <param name="subscribed">Called once events flow: what ended before has to be looked for.</param>
    /// <param name="exited">The container (or sandbox) whose process ended.</param>
    /// <param name="ct">Ends the reading.</param>
    /// <returns>How the stream ended.</returns>
    public async Task<GrpcStatus> ReadAsync(Action subscribed, Action<string> exited, CancellationToken ct)
    {
        var request = new SubscribeRequest();
        request.Filters.Add($"topic==\"{Exit}\"");
        request.Filters.Add($"topic==\"{Hello}\"");
        using var stream = grpc.Stream(Service + "Subscribe", request, Envelope.Parser, ct);
        using var greeting = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var greet = GreetAsync(greeting.Token);
        try
        {
            while (await stream.NextAsync(ct) is { } envelope)
            {
                if (envelope.Topic == Hello)
                {
                    if (!greeting.IsCancellationRequested)
                    {
                        await greeting.CancelAsync();
                        subscribed();
                    }
                }
                else if (envelope.Namespace == ImageImport.Namespace)
                {
                    var exit = TaskExit.Parser.ParseFrom(envelope.Event.Value);
                    // An exec inside a container ends with an event of its own; its id is not the container's.
                    if (exit.Id == exit.ContainerId)
                    {
                        exited(exit.ContainerId);
                    }
                }
            }
            return stream.Status;
        }
        finally
        {
            await greeting.CancelAsync();
            await greet;
        }
    }

    private async Task GreetAsync(CancellationToken ct)
    {
        var hello = new PublishRequest { Topic = Hello, Event = new() { TypeUrl = "proa/subscribed" } };
        try
        {
            while (true)
            {
                await Task.Delay(s_helloEvery, time, ct);
                await grpc.CallAsync(Service + "Publish", hello, Empty.Parser, null, ct);
            }
        }
        catch (OperationCanceledException)
        {
            // Seen, or over.
        }
    }
}
