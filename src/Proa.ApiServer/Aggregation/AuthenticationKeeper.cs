using Microsoft.Extensions.Logging;
using Proa.Api.Json;
using Proa.Client;
using Proa.Store;

namespace Proa.ApiServer.Aggregation;

/// <summary>Keeps what extension servers read of authentication true: who deletes it, or a part of it, finds it again.</summary>
internal sealed partial class AuthenticationKeeper(IObjectStore store, IClusterClient client, JsonObject wanted, ILogger logger)
{
    private static readonly ResourcePath s_path = new("", "v1", "configmaps", AuthenticationData.Key.Namespace);

    /// <summary>Runs until cancelled.</summary>
    public Task RunAsync(CancellationToken ct) => StoreFollower.RunAsync(
        store, AuthenticationData.Key.Resource, AuthenticationData.Key.Namespace,
        changed => changed is null || changed.Any(static map => map.Key.Name == AuthenticationData.Key.Name) ? KeepAsync(ct) : Task.CompletedTask, ct);

    private async Task KeepAsync(CancellationToken ct)
    {
        var stored = store.Get(AuthenticationData.Key);
        var map = stored is null
            ? new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "ConfigMap",
                ["metadata"] = new JsonObject { ["name"] = AuthenticationData.Key.Name, ["namespace"] = AuthenticationData.Key.Namespace },
            }
            : JsonTree.ParseObject(stored.Json.Span);
        if (!AuthenticationData.Complete(map, wanted))
        {
            return;
        }
        var written = stored is null
            ? await client.CreateAsync(s_path, JsonTree.ToUtf8(map), WriteOptions.Default, ct)
            : await client.UpdateAsync(s_path with { Name = AuthenticationData.Key.Name }, JsonTree.ToUtf8(map), WriteOptions.Default, ct);
        // Who came between has changed it, which is told here again.
        if (!written.Ok && !written.IsConflict)
        {
            NotWritten(written.Error.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "the ConfigMap for extension servers could not be written: {Reason}")]
    private partial void NotWritten(string? reason);
}
