using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Proa.Api.Json;
using Proa.ApiServer.Security.Reviews;
using Proa.Client.Http;

namespace Proa.ApiServer.Security.Authentication;

/// <summary>
/// Asks another server by a TokenReview whose a token is, and remembers its answers, of a token's hash. It is asked last.
/// Thread-safe; its memory is bounded. See "Webhook Token Authentication" in the reference.
/// </summary>
public sealed class WebhookTokens : ITokenSource, IDisposable
{
    private const int Most = 8192;
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<string, (TokenResult Result, DateTimeOffset Until)> _known = new(StringComparer.Ordinal);
    private readonly ReviewClient _client;
    private readonly string _version;
    private readonly TimeSpan _remembered;
    private readonly TimeProvider _time;

    /// <param name="version">Of the reviews: <c>v1</c> or <c>v1beta1</c>.</param>
    /// <param name="remembered">For how long an answer holds; zero: it is asked each time.</param>
    public WebhookTokens(KubeConfig connection, string version, TimeSpan remembered, TimeProvider time) =>
        (_client, _version, _remembered, _time) = (new(connection, s_timeout, time), version, remembered, time);

    public async ValueTask<TokenResult> FindAsync(string token, IReadOnlyList<string> audiences, CancellationToken ct)
    {
        IReadOnlyList<string> wanted = audiences.Count > 0 ? audiences : [Tokens.ServiceAccountTokens.Issuer];
        var key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{string.Join('\n', wanted)}\n\n{token}")));
        if (_known.TryGetValue(key, out var known) && _time.GetUtcNow() < known.Until)
        {
            return known.Result;
        }
        var (status, error) = await _client.AskAsync(new()
        {
            ["kind"] = "TokenReview",
            ["apiVersion"] = "authentication.k8s.io/" + _version,
            ["metadata"] = new JsonObject { ["creationTimestamp"] = JsonNull.Instance },
            ["spec"] = new JsonObject { ["token"] = token, ["audiences"] = UserJson.Strings(wanted) },
            ["status"] = new JsonObject { ["user"] = new JsonObject() },
        }, null, ct);
        if (status is null)
        {
            return new(null, [], error!);
        }
        var result = Read(status, wanted);
        Remember(key, result);
        return result;
    }

    public void Dispose() => _client.Dispose();

    private static TokenResult Read(JsonObject status, IReadOnlyList<string> wanted)
    {
        // Who says nothing of audiences means this server.
        var given = UserJson.Strings(status.Array("audiences")) is { Count: > 0 } said ? said : [Tokens.ServiceAccountTokens.Issuer];
        List<string> meant = [.. wanted.Where(given.Contains)];
        if (meant.Count == 0)
        {
            return TokenResult.NotMine;
        }
        if (status.Bool("authenticated") != true)
        {
            return new(null, [], status.String("error") ?? "");
        }
        var user = status.Object("user") ?? [];
        var extra = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var (name, values) in user.Object("extra") ?? [])
        {
            extra[name] = UserJson.Strings(values as JsonArray);
        }
        var groups = UserJson.Strings(user.Array("groups"));
        if (!groups.Contains(UserInfo.AuthenticatedGroup) && !groups.Contains(UserInfo.UnauthenticatedGroup))
        {
            groups.Add(UserInfo.AuthenticatedGroup);
        }
        return new(new UserInfo(user.String("username") ?? "", groups) { Uid = user.String("uid") ?? "", Extra = extra }, meant, "");
    }

    private void Remember(string key, TokenResult result)
    {
        if (_remembered <= TimeSpan.Zero)
        {
            return;
        }
        if (_known.Count >= Most)
        {
            _known.Clear();
        }
        _known[key] = (result, _time.GetUtcNow() + _remembered);
    }
}
