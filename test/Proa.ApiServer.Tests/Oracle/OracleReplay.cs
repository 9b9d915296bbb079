using System.Net.Http.Headers;
using System.Text;
using Proa.Api.Json;

namespace Proa.ApiServer.Tests.Oracle;

/// <summary>Has the recorded conversations with this server and says where an answer differs.</summary>
public sealed class OracleReplay(HttpClient http, string token)
{
    private const int Patience = 50;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);
    private static readonly HashSet<string> s_none = [];

    /// <returns>Null when each answer was the recorded one.</returns>
    public async Task<string?> RunAsync(OracleCase recorded, CancellationToken ct)
    {
        var names = new Dictionary<string, string> { ["{ns}"] = "oracle-" + Short() };
        for (var i = 1; i <= 3; i++)
        {
            names[$"{{u{i}}}"] = $"u{i}-{Short()}";
        }
        await PrepareAsync(names["{ns}"], ct);
        var difference = await TalkAsync(recorded, names, ct);
        await CleanAsync(recorded, names, ct);
        return difference;
    }

    private async Task<string?> TalkAsync(OracleCase recorded, Dictionary<string, string> names, CancellationToken ct)
    {
        var captured = new Dictionary<string, string>(names);
        for (var i = 0; i < recorded.Steps.Count; i++)
        {
            var step = recorded.Steps[i];
            if (step.ContainsKey("sleep"))
            {
                // The pauses gave the recorded server time to notice what it had been told; this one answers when it has.
                continue;
            }
            var (code, answer) = await SendAsync(step, captured, ct);
            // A recording that waited in vain need not be waited for.
            if (step.Int("until") is { } until && code != until && step.Int("status") == until)
            {
                (code, answer) = await RetryAsync(step, until, captured, ct);
            }
            foreach (var (name, path) in step.Object("capture") ?? [])
            {
                captured[$"{{{name}}}"] = Find(answer, ((JsonString)path).Value);
            }
            var difference = Difference(step, code, answer, names);
            // What the recorded cluster's controllers had done by then, these may be about to do.
            for (var again = 0; difference is not null && again < Patience && step.String("method") == "GET" && !step.ContainsKey("watch"); again++)
            {
                await Task.Delay(s_pause, TimeProvider.System, ct);
                (code, answer) = await SendAsync(step, captured, ct);
                difference = Difference(step, code, answer, names);
            }
            if (difference is not null)
            {
                return $"step {i} {step.String("method")} {step.String("path")}: {difference}";
            }
        }
        return null;
    }

    /// <summary>Asks again at each change of a definition, as it is definitions that such steps wait for.</summary>
    private async Task<(int Code, JsonValue Answer)> RetryAsync(JsonObject step, long until, IReadOnlyDictionary<string, string> names, CancellationToken ct)
    {
        var (code, answer) = (0, (JsonValue)JsonNull.Instance);
        for (var watches = 0; watches < step.Int("retry"); watches++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions?watch=1&timeoutSeconds=1");
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(ct));
            do
            {
                (code, answer) = await SendAsync(step, names, ct);
                if (code == until)
                {
                    return (code, answer);
                }
            }
            while (await lines.ReadLineAsync(ct) is not null);
        }
        return (code, answer);
    }

    /// <summary>Removes the cluster-scoped objects that a case made, as some change what the next ones see.</summary>
    private async Task CleanAsync(OracleCase recorded, IReadOnlyDictionary<string, string> names, CancellationToken ct)
    {
        foreach (var path in recorded.Cleanup)
        {
            using var request = new HttpRequestMessage(HttpMethod.Delete, Fill(path, names));
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
            using var response = await http.SendAsync(request, ct);
        }
    }

    /// <summary>The namespace, and what the recorded server's controllers put into each.</summary>
    private async Task PrepareAsync(string ns, CancellationToken ct)
    {
        await PostAsync("/api/v1/namespaces", $$"""{"metadata":{"name":"{{ns}}"} }""", ct);
        await PostAsync($"/api/v1/namespaces/{ns}/serviceaccounts", """{"metadata":{"name":"default"}}""", ct);
    }

    private async Task PostAsync(string path, string body, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("User-Agent", "Python-urllib/3.11");
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        using var response = await http.SendAsync(request, ct);
        response.EnsureSuccessStatusCode();
    }

    private async Task<(int Code, JsonValue Answer)> SendAsync(JsonObject step, IReadOnlyDictionary<string, string> names, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(new HttpMethod(step.String("method")!), Fill(step.String("path")!, names));
        request.Headers.TryAddWithoutValidation("User-Agent", "Python-urllib/3.11");
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        if (step.String("as") != "nobody")
        {
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        }
        if (step["body"] is { } body)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Fill(body is JsonString text ? text.Value : body.ToString(), names)));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        foreach (var (name, value) in step.Object("headers") ?? [])
        {
            var filled = Fill(((JsonString)value).Value, names);
            if (name == "Content-Type" && request.Content is not null)
            {
                request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(filled);
            }
            else
            {
                request.Headers.Remove(name);
                request.Headers.TryAddWithoutValidation(name, filled);
            }
        }
        using var response = await http.SendAsync(request, ct);
        var raw = await response.Content.ReadAsStringAsync(ct);
        var answer = step.ContainsKey("watch") ? Events(raw) : Whole(raw);
        if (response.Headers.TryGetValues("Warning", out var warnings))
        {
            answer = new JsonObject
            {
                ["warnings"] = new JsonArray(warnings.Order(StringComparer.Ordinal).Select(static warning => (JsonValue)warning)),
                ["answer"] = answer,
            };
        }
        return ((int)response.StatusCode, answer);
    }

    private static JsonArray Events(string raw)
    {
        var events = new JsonArray();
        foreach (var line in raw.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var item = JsonTree.ParseObject(Encoding.UTF8.GetBytes(line));
            // A bookmark that only reports progress may or may not fall inside the window.
            if (item.String("type") != "BOOKMARK" || item.Object("object")!.Object("metadata")!.ContainsKey("annotations"))
            {
                events.Add(item);
            }
        }
        return events;
    }

    private static JsonValue Whole(string raw)
    {
        if (string.IsNullOrWhiteSpace(raw))
        {
            return JsonNull.Instance;
        }
        try
        {
            return JsonTree.Parse(raw);
        }
        catch (System.Text.Json.JsonException)
        {
            return raw;
        }
    }

    private static string? Difference(JsonObject step, int code, JsonValue answer, IReadOnlyDictionary<string, string> names)
    {
        var ignored = step.Array("ignore")?.Select(static item => ((JsonString)item).Value).ToHashSet(StringComparer.Ordinal) ?? s_none;
        var got = OracleAnswers.Normalise(answer, names, ignored);
        // The recording is normalised already, but for the order of sets as this replay sorts them.
        var want = OracleAnswers.Normalise(step["answer"] ?? JsonNull.Instance, new Dictionary<string, string>(), ignored);
        if (code != step.Int("status"))
        {
            return $"status {code}, recorded {step.Int("status")}: {got}";
        }
        return step.Bool("statusOnly") == true || got.DeepEquals(want) ? null : JsonDifference.First(want, got, "$");
    }

    private static string Find(JsonValue answer, string path)
    {
        JsonValue? at = answer;
        foreach (var part in path.Split('.'))
        {
            at = at is JsonArray array ? array[int.Parse(part)] : (at as JsonObject)?[part];
        }
        return at is JsonString text ? text.Value : at?.ToString() ?? "";
    }

    private static string Fill(string text, IReadOnlyDictionary<string, string> names)
    {
        foreach (var (placeholder, actual) in names)
        {
            text = text.Replace(placeholder, actual, StringComparison.Ordinal);
        }
        return text;
    }

    private static string Short() => Guid.NewGuid().ToString("N")[..8];
}
