using Proa.Api.Json;

namespace Proa.Api.Kinds.Core;

internal sealed class ServiceAccountStrategy() : KindStrategy(new("", "v1", "ServiceAccount"), new(Namespaced: true, HasStatus: false, CountsGeneration: false))
{
    private const string Enforce = "kubernetes.io/enforce-mountable-secrets";

    public override void PrepareForCreate(JsonObject obj)
    {
        base.PrepareForCreate(obj);
        KeepNames(obj);
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        base.PrepareForUpdate(obj, old);
        KeepNames(obj);
    }

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old) =>
        obj.Sub("metadata", "annotations").ContainsKey(Enforce) && old?.Sub("metadata", "annotations").ContainsKey(Enforce) != true
            ? [$"metadata.annotations[{Enforce}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets"]
            : [];

    /// <summary>A secret is named; what else a reference could say would only go out of date.</summary>
    private static void KeepNames(JsonObject obj)
    {
        foreach (var secret in obj.Objects("secrets"))
        {
            secret.RemoveAll([.. secret.Keys.Where(static key => key != "name")]);
        }
    }
}
