using System.Text.Json;
using Microsoft.Extensions.Logging;
using Proa.Api.Models;
using Proa.Api.Models.Meta;

namespace Proa.Client.Informers;

/// <summary>
/// Follows one collection: lists it, watches from there, resumes after a break and lists again when the server has
/// forgotten the revision. What it finds goes to an <see cref="IReflectorSink"/>, from this loop alone.
/// </summary>
public sealed partial class Reflector(
    IClusterClient client, ResourcePath path, string? fieldSelector, IReflectorSink sink, TimeProvider time, ILogger logger)
{
    private const int PageSize = 500;
    private readonly Backoff _backoff = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(30), Random.Shared);

    /// <summary>Runs until the token is cancelled; failures are retried with a jittered delay.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        string? revision = null;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                revision ??= await ListAsync(ct);
                if (revision is not null)
                {
                    revision = await WatchAsync(revision, ct);
                }
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            // A list or watch that throws got no answer; the next attempt starts with a list, which needs no history.
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or ApiException or JsonException)
            {
                LogBroken(logger, path.Resource, e.Message);
                revision = null;
            }
            catch (Exception e)
            {
                LogThrew(logger, e, path.Resource);
                revision = null;
            }
            if (revision is null)
            {
                await PauseAsync(ct);
            }
        }
    }

    private async Task PauseAsync(CancellationToken ct)
    {
        try
        {
            await Task.Delay(_backoff.Next(), time, ct);
        }
        catch (OperationCanceledException)
        {
            // RunAsync sees the token.
        }
    }

    /// <returns>The list's revision; null when it was refused.</returns>
    private async Task<string?> ListAsync(CancellationToken ct)
    {
        var options = new ListOptions(FieldSelector: fieldSelector, Limit: PageSize);
        var items = new List<ReadOnlyMemory<byte>>();
        while (true)
        {
            var page = await client.ListAsync(path, options, ct);
            if (!page.Ok)
            {
                LogRefused(logger, path.Resource, page.Error.Message);
                return null;
            }
            items.AddRange(page.Value.Items);
            if (string.IsNullOrEmpty(page.Value.Continue))
            {
                sink.Replace(items);
                return page.Value.ResourceVersion;
            }
            options = options with { Continue = page.Value.Continue };
        }
    }

    /// <returns>The revision to resume from; null to list again.</returns>
    private async Task<string?> WatchAsync(string revision, CancellationToken ct)
    {
        var began = time.GetTimestamp();
        var options = new WatchOptions(revision, FieldSelector: fieldSelector);
        await foreach (var item in client.WatchAsync(path, options, ct))
        {
            switch (item.Kind)
            {
                case WatchKind.Error:
                    var status = Model.Read<Status>(item.Json);
                    LogRefused(logger, path.Resource, status.Message);
                    if (status.Code == 410)
                    {
                        _backoff.Reset();
                    }
                    return null;
                case WatchKind.Bookmark:
                    revision = Revision(item.Json) ?? revision;
                    break;
                default:
                    revision = sink.Apply(item.Kind, item.Json) ?? revision;
                    break;
            }
        }
        // A watch that ends at once, again and again, must not become a busy loop.
        if (time.GetElapsedTime(began) > TimeSpan.FromSeconds(1))
        {
            _backoff.Reset();
        }
        else
        {
            await PauseAsync(ct);
        }
        return revision;
    }

    private static string? Revision(ReadOnlyMemory<byte> json) => ObjectKey.Read(json.Span).ResourceVersion;

    [LoggerMessage(Level = LogLevel.Debug, Message = "Watch of {Resource} broke: {Reason}")]
    private static partial void LogBroken(ILogger logger, string resource, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Following {Resource} threw")]
    private static partial void LogThrew(ILogger logger, Exception exception, string resource);

    [LoggerMessage(Level = LogLevel.Debug, Message = "List or watch of {Resource} was refused: {Reason}")]
    private static partial void LogRefused(ILogger logger, string resource, string? reason);
}
