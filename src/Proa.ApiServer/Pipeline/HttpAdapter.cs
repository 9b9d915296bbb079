using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Audit;
using Proa.ApiServer.Fairness;
using Proa.ApiServer.Metrics;
using Proa.ApiServer.Security;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.Pipeline;

/// <summary>
/// Between HTTP and the pipeline: reads a request, authenticates it, lets it wait for its turn, has it handled, and writes the
/// answer; counts and records it on the way. Thread-safe.
/// </summary>
internal sealed partial class HttpAdapter(
    RequestPipeline pipeline, HttpAnswer output, RequestDeadlines deadlines, RequestMetrics metrics, FlowControl? flow, AuditLog? audit,
    ITypeCatalog types, TimeProvider clock, ILogger logger)
{
    /// <summary>The original's limit for a request's body.</summary>
    public const int MaxBody = 3 * 1024 * 1024;

    private const string TooMany = "Too many requests, please try again later.\n";

    public async Task HandleAsync(HttpContext context)
    {
        var started = clock.GetTimestamp();
        var aborted = context.RequestAborted;
        var request = context.Request;
        var query = RequestQuery.Parse(request.QueryString.Value ?? "");
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? request.Path.Value ?? "/";
        var end = target.IndexOf('?');
        var exchange = new Exchange(target) { AuditId = AuditId(request.Headers) };
        context.Response.Headers["Audit-Id"] = exchange.AuditId;
        // Unless an answer says something else.
        context.Response.Headers.CacheControl = "no-cache, private";
        RequestSeries? series = null;
        Counter? inFlight = null;
        var lasting = false;
        var code = 0;
        try
        {
            var info = RequestInfoParser.Parse(request.Method, end < 0 ? target : target[..end], query);
            var key = RequestKey.Of(info, query, request.ContentType ?? "", types);
            series = exchange.Series = metrics.Of(key);
            lasting = LastingRequests.Has(info, query);
            if (lasting)
            {
                series.Open.Add();
                code = await RunAsync(context, info, query, exchange, info.Verb == "watch" ? metrics.WatchEvents(key) : null, deadlines.Longest, aborted, aborted);
                return;
            }
            inFlight = IsReading(info) ? metrics.Reading : metrics.Mutating;
            inFlight.Add();
            var asked = TimeSpan.Zero;
            if (query["timeout"] is { Length: > 0 } timeout && !RequestDeadlines.TryParse(timeout, out asked))
            {
                var wrong = ApiResponse.Of(Statuses.BadRequest($"invalid timeout specified in the request URL: time: invalid duration \"{timeout}\""));
                code = wrong.Code;
                await output.WriteAsync(context, wrong, null, aborted);
                return;
            }
            using var deadline = deadlines.Start(asked > TimeSpan.Zero ? asked : null, aborted);
            var longest = asked > TimeSpan.Zero && asked < deadlines.Longest ? asked : deadlines.Longest;
            code = await RunAsync(context, info, query, exchange, null, longest, deadline.Token, aborted);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException && aborted.IsCancellationRequested)
        {
            // The client went away.
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            code = e is BadHttpRequestException bad ? bad.StatusCode : 500;
            if (code == 500)
            {
                exchange.Record?.Panicked();
            }
            await FailAsync(context, e, aborted);
        }
        finally
        {
            inFlight?.Add(-1);
            if (series is not null)
            {
                if (lasting)
                {
                    series.Open.Add(-1);
                }
                series.Count(code == 0 ? 499 : code);
                var time = clock.GetElapsedTime(started);
                series.Durations.Observe(time);
                if (!lasting)
                {
                    series.OwnDurations.Observe(time - exchange.Waited);
                }
            }
        }
    }

    /// <param name="longest">How long the request may take; it waits for a seat a quarter of that.</param>
    /// <returns>The answer's code.</returns>
    private async Task<int> RunAsync(
        HttpContext context, RequestInfo info, RequestQuery query, Exchange exchange, WatchSeries? events, TimeSpan longest, CancellationToken ct,
        CancellationToken aborted)
    {
        var ticket = FlowTicket.Free;
        IDisposable? watching = null;
        try
        {
            ApiResponse answer;
            try
            {
                var identity = await pipeline.AuthenticateAsync(context, info, ct);
                exchange.Record = Record(context, info, exchange, identity);
                exchange.Record?.Received();
                if (identity.User is not { } user)
                {
                    answer = ApiResponse.Of(identity.Error ?? Statuses.Unauthorized());
                }
                else
                {
                    // Streams are not counted: they last, and cost little.
                    if (flow is not null && (events is not null || !LastingRequests.Has(info, query)))
                    {
                        var entering = flow.EnterAsync(user, info, query, longest / 4, ct);
                        ticket = entering.IsCompletedSuccessfully ? entering.Result : await WaitAsync(entering, info);
                        Mark(context.Response, ticket);
                        exchange.Waited = flow.WaitOf(ticket);
                    }
                    answer = ticket.Admitted
                        ? await pipeline.HandleAsync(user, info, exchange.Record, who => ReadAsync(context, info, query, who, exchange.Record, ct), ct)
                        : Refuse(exchange, ticket);
                }
            }
            catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
            {
                exchange.Series?.Terminated.Add();
                answer = ApiResponse.Of(Statuses.Timeout("request did not complete within the allotted timeout"));
            }
            if (answer is WatchResponse || (answer is StreamResponse && LastingRequests.Has(info, query)))
            {
                // A watch has its seat only until it begins.
                flow?.Leave(ticket);
                ticket = FlowTicket.Free;
                watching = answer is WatchResponse ? flow?.Watching(info) : null;
            }
            if (LastingRequests.Has(info, query))
            {
                exchange.Record?.Started(answer.Code);
            }
            var isWhole = answer is not (WatchResponse or StreamResponse);
            if (isWhole)
            {
                // Before the client has it: what it was answered is recorded.
                exchange.Record?.Completed(answer);
            }
            await WriteAsync(context, exchange, PrettyAnswers.Of(answer, info, query, context.Request), events, ct, aborted);
            var code = answer is StreamResponse ? context.Response.StatusCode : answer.Code;
            if (!isWhole)
            {
                exchange.Record?.Completed(answer, code);
            }
            return code;
        }
        finally
        {
            watching?.Dispose();
            flow?.Leave(ticket);
        }
    }

    private async ValueTask<FlowTicket> WaitAsync(ValueTask<FlowTicket> entering, RequestInfo info)
    {
        var waiting = IsReading(info) ? metrics.WaitingToRead : metrics.WaitingToMutate;
        waiting.Add();
        try
        {
            return await entering;
        }
        finally
        {
            waiting.Add(-1);
        }
    }

    private static bool IsReading(RequestInfo info) => info.Verb is "get" or "list" or "watch" or "head";

    /// <summary>Who reads an answer too slowly loses the connection.</summary>
    private async Task WriteAsync(HttpContext context, Exchange exchange, ApiResponse answer, WatchSeries? events, CancellationToken ct, CancellationToken aborted)
    {
        try
        {
            if (context.Request.Method is "GET" or "HEAD")
            {
                exchange.Series?.Sizes.Observe(answer switch { BytesResponse bytes => bytes.Body.Length, ListResponse list => list.Size, _ => 0 });
            }
            await output.WriteAsync(context, answer, events, answer.Code == 504 ? aborted : ct);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            exchange.Series?.Terminated.Add();
            if (context.Response.HasStarted)
            {
                context.Abort();
                return;
            }
            await output.WriteAsync(context, ApiResponse.Of(Statuses.Timeout("request did not complete within the allotted timeout")), null, aborted);
        }
    }

    private async Task FailAsync(HttpContext context, Exception e, CancellationToken ct)
    {
        if (e is BadHttpRequestException bad && !context.Response.HasStarted)
        {
            await output.WriteAsync(context, ApiResponse.Of(bad.StatusCode == 413
                ? Statuses.TooLarge($"Request entity too large: limit is {MaxBody}")
                : Statuses.BadRequest(bad.Message)), null, ct);
            return;
        }
        RequestFailed(context.Request.Method, context.Request.Path, e);
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }
        await output.WriteAsync(
            context, ApiResponse.Of(Statuses.InternalError("the server failed to handle the request; its log says why")), null, ct);
    }

    private AuditEvent? Record(HttpContext context, RequestInfo info, Exchange exchange, in AuthenticationResult identity)
    {
        var record = audit?.Begin(
            identity.Impersonator ?? identity.User, identity.Impersonator is null ? null : identity.User, info, exchange.AuditId, exchange.Target,
            Sources(context), context.Request.Headers.UserAgent.ToString(),
            identity.Constraint ?? "");
        if (record is not null && identity.Notes is { } notes)
        {
            foreach (var (key, value) in notes)
            {
                record.Annotate(key, value);
            }
        }
        return record;
    }

    /// <summary>As the forwarding headers have it, then who is connected; what is no address is passed over.</summary>
    private static List<string> Sources(HttpContext context)
    {
        var sources = new List<string>(1);
        var headers = context.Request.Headers;
        foreach (var part in headers["X-Forwarded-For"].ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (System.Net.IPAddress.TryParse(part, out var address))
            {
                sources.Add(address.ToString());
            }
        }
        if (System.Net.IPAddress.TryParse(headers["X-Real-Ip"].ToString(), out var real) && !sources.Contains(real.ToString()))
        {
            sources.Add(real.ToString());
        }
        if (context.Connection.RemoteIpAddress?.ToString() is { } remote && (sources.Count == 0 || sources[^1] != remote))
        {
            sources.Add(remote);
        }
        return sources;
    }

    private static ApiResponse Refuse(Exchange exchange, in FlowTicket ticket)
    {
        exchange.Series?.Terminated.Add();
        return new BytesResponse(429, System.Text.Encoding.UTF8.GetBytes(TooMany))
        {
            ContentType = "text/plain; charset=utf-8",
            Headers = [new("Retry-After", (ticket.Level?.Dropped.Note() ?? 1).ToString(CultureInfo.InvariantCulture))],
        };
    }

    private static void Mark(HttpResponse response, in FlowTicket ticket)
    {
        if (ticket is { Schema: { } schema, Level: { } level })
        {
            response.Headers["X-Kubernetes-PF-FlowSchema-UID"] = schema.Uid;
            response.Headers["X-Kubernetes-PF-PriorityLevel-UID"] = level.Uid;
        }
    }

    // A client may name the request itself; what is no plain text of a fair length is not taken over.
    private static string AuditId(IHeaderDictionary headers) =>
        headers["Audit-ID"].ToString() is { Length: > 0 and <= 64 } given && given.All(static c => c is >= ' ' and <= '~') ? given : Guid.NewGuid().ToString();

    private async ValueTask<RequestPipeline.ApiResult> ReadAsync(
        HttpContext context, RequestInfo info, RequestQuery query, UserInfo user, AuditEvent? record, CancellationToken ct)
    {
        var (body, tooLarge) = HasBody(context) && !IsProxied(info) && !pipeline.IsAggregated(info) ? await ReadBodyAsync(context.Request.BodyReader, ct) : ([], false);
        if (tooLarge)
        {
            return new(null, Statuses.TooLarge($"Request entity too large: limit is {MaxBody}"));
        }
        var headers = context.Request.Headers;
        return new(new ApiRequest
        {
            Method = context.Request.Method,
            Info = info,
            User = user,
            Query = query,
            Accept = headers.Accept.ToString(),
            ContentType = headers.ContentType.ToString(),
            UserAgent = headers.UserAgent.ToString(),
            Body = body,
            Http = context,
            Audit = record,
        }, null);
    }

    /// <summary>What is only sent on is not read here: it may be long, and endless.</summary>
    private static bool IsProxied(RequestInfo info) => info is { IsResource: true, Group: "", Subresource: "proxy", Resource: "pods" or "services" or "nodes" };

    private static bool HasBody(HttpContext context) =>
        context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true
        && context.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest != true;

    private static async ValueTask<(byte[] Body, bool TooLarge)> ReadBodyAsync(PipeReader reader, CancellationToken ct)
    {
        while (true)
        {
            ReadResult read;
            try
            {
                read = await reader.ReadAsync(ct);
            }
            catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
            {
                return ([], true);
            }
            catch (IOException e) when (e is not BadHttpRequestException && !ct.IsCancellationRequested)
            {
                throw new BadHttpRequestException(e.Message, e);
            }
            if (read.Buffer.Length > MaxBody)
            {
                reader.AdvanceTo(read.Buffer.End);
                return ([], true);
            }
            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return (body, false);
            }
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed")]
    private partial void RequestFailed(string method, string path, Exception exception);

    /// <summary>What is known of one request and its answer.</summary>
    private sealed class Exchange(string target)
    {
        public string Target { get; } = target;

        public required string AuditId { get; init; }

        public AuditEvent? Record { get; set; }

        /// <summary>For its seats.</summary>
        public TimeSpan Waited { get; set; }

        /// <summary>Where the request is counted; null until it is known what it asks for.</summary>
        public RequestSeries? Series { get; set; }
    }
}
