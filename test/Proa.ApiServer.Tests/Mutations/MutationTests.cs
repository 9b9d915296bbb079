using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Proa.Api.Json;

namespace Proa.ApiServer.Tests.Mutations;

/// <summary>
/// What a Kubernetes 1.36 API server answered when one field of a good object was given a wrong value, for some 3,000 fields and
/// values of all kinds: the same status, message and warnings must come from this one. The first line of a file is the good
/// object and where it is created, each other line one field, its value and the answer.
/// </summary>
public sealed class MutationTests(MutationTests.Fixture fixture) : IClassFixture<MutationTests.Fixture>
{
    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "Mutations", "answers");

    public static TheoryData<string> Kinds => [.. Directory.GetFiles(s_folder, "*.jsonl").Select(static file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Create_OneFieldWrong_SameAnswer(string kind)
    {
        var lines = File.ReadLines(Path.Combine(s_folder, kind + ".jsonl")).Select(static line => JsonTree.ParseObject(Encoding.UTF8.GetBytes(line))).ToList();
        var differences = new List<string>();
        foreach (var line in lines.Skip(1))
        {
            var body = lines[0].Object("object")!.CloneObject();
            Set(body, line["at"]!, line["value"]!);
            var answer = await fixture.PostAsync($"{lines[0].String("path")}?dryRun=All&fieldValidation=Strict", body);
            var expected = $"{line.Int("status")} {line.String("message")} {line.Array("warnings")}";
            if (answer != expected)
            {
                differences.Add($"{line["at"]}={line["value"]}\n  expected {expected}\n  got      {answer}");
            }
        }
        Assert.True(differences.Count == 0, $"{differences.Count} of {lines.Count - 1} differ:\n{string.Join('\n', differences.Take(10))}");
    }

    private static void Set(JsonObject body, JsonValue at, JsonValue value)
    {
        var path = at is JsonArray list ? [.. list.Select(static part => part is JsonString text ? text.Value : part.ToString())] : ((JsonString)at).Value.Split('.');
        JsonValue here = body;
        foreach (var part in path[..^1])
        {
            here = here is JsonArray items ? items[int.Parse(part, CultureInfo.InvariantCulture)] : Inner((JsonObject)here, part);
        }
        if (here is JsonArray array)
        {
            array[int.Parse(path[^1], CultureInfo.InvariantCulture)] = value.Clone();
        }
        else
        {
            ((JsonObject)here)[path[^1]] = value.Clone();
        }
    }

    /// <summary>What is not there is made, so that one of its fields can be given.</summary>
    private static JsonValue Inner(JsonObject here, string name) => here[name] is { } there and not JsonNull ? there : here.EnsureObject(name);

    /// <summary>One server for all kinds: nothing is stored.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        private WholeServer? _server;

        public async ValueTask InitializeAsync()
        {
            _server = await WholeServer.StartAsync();
            await CreateAsync("/api/v1/namespaces", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"mutations"} }""");
            await CreateAsync("/api/v1/namespaces/mutations/serviceaccounts", """{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"default"} }""");
        }

        public async ValueTask DisposeAsync()
        {
            if (_server is not null)
            {
                await _server.DisposeAsync();
            }
        }

        public async Task<string> PostAsync(string path, JsonObject body)
        {
            using var response = await SendAsync(path, body.ToString());
            var answer = JsonTree.ParseObject(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
            var warnings = response.Headers.TryGetValues("Warning", out var values) ? new JsonArray(values.Order(StringComparer.Ordinal).Select(static text => (JsonValue)text)) : null;
            return $"{(int)response.StatusCode} {answer.String("message")} {warnings}";
        }

        private async Task CreateAsync(string path, string body)
        {
            using var response = await SendAsync(path, body);
            response.EnsureSuccessStatusCode();
        }

        private async Task<HttpResponseMessage> SendAsync(string path, string body)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _server!.Token);
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            return await _server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        }
    }
}
