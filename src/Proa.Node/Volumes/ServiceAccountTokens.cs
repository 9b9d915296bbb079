using System.Collections.Concurrent;
using Proa.Api.Models;
using Proa.Api.Models.Authentication;
using Proa.Api.Models.Core;
using Proa.Client;

namespace Proa.Node.Volumes;

/// <summary>Tokens of pods' service accounts, each bound to its pod, kept until four fifths of their life are over.</summary>
internal sealed class ServiceAccountTokens(IClusterClient client, TimeProvider time)
{
    private readonly ConcurrentDictionary<Key, Held> _held = new();

    public async Task<(string? Token, DateTimeOffset RefreshAt, string? Error)> GetAsync(
        Pod pod, ServiceAccountTokenProjection source, CancellationToken ct)
    {
        var account = pod.Spec.ServiceAccountName ?? "default";
        var key = new Key(pod.Metadata.Uid ?? "", account, source.Audience, source.ExpirationSeconds ?? 3600);
        if (_held.TryGetValue(key, out var held) && time.GetUtcNow() < held.RefreshAt)
        {
            return (held.Token, held.RefreshAt, null);
        }
        var request = new TokenRequest
        {
            ApiVersion = "authentication.k8s.io/v1",
            Kind = "TokenRequest",
            Spec = new TokenRequestSpec
            {
                Audiences = string.IsNullOrEmpty(source.Audience) ? [] : [source.Audience],
                ExpirationSeconds = key.Seconds,
                BoundObjectRef = new BoundObjectReference { ApiVersion = "v1", Kind = "Pod", Name = pod.Metadata.Name, Uid = pod.Metadata.Uid },
            },
        };
        var path = ResourcePath.Of(ServiceAccount.Resource, pod.Metadata.Namespace, account, "token");
        var answer = await client.CreateAsync(path, Model.ToUtf8(request), WriteOptions.Default, ct);
        if (!answer.Ok)
        {
            return (null, default, $"failed to fetch token: {answer.Error.Message}");
        }
        var status = Model.Read<TokenRequest>(answer.Value).Status;
        if (string.IsNullOrEmpty(status.Token))
        {
            return (null, default, "failed to fetch token: the answer holds none");
        }
        var now = time.GetUtcNow();
        var life = (status.ExpirationTimestamp ?? now.AddSeconds(key.Seconds)) - now;
        held = new(status.Token, now + life * 0.8);
        _held[key] = held;
        return (held.Token, held.RefreshAt, null);
    }

    public void Forget(string podUid)
    {
        foreach (var key in _held.Keys)
        {
            if (key.PodUid == podUid)
            {
                _held.TryRemove(key, out _);
            }
        }
    }

    private readonly record struct Key(string PodUid, string Account, string? Audience, long Seconds);

    private sealed record Held(string Token, DateTimeOffset RefreshAt);
}
