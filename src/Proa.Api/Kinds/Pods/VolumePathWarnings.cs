using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>Files of one volume that take each other's place.</summary>
internal static class VolumePathWarnings
{
    public static void Add(JsonObject spec, List<string> warnings)
    {
        foreach (var volume in spec.Objects("volumes"))
        {
            var name = volume.Text("name");
            if (volume.Object("configMap") is { } map)
            {
                Overlaps(name, $"ConfigMap {FieldError.Quote(map.Text("name"))}", Items(map, ""), warnings);
            }
            if (volume.Object("secret") is { } secret)
            {
                Overlaps(name, $"Secret {FieldError.Quote(secret.Text("secretName"))}", Items(secret, ""), warnings);
            }
            if (volume.Object("downwardAPI") is { } downward)
            {
                Overlaps(name, "DownwardAPI", Items(downward, ""), warnings);
            }
            if (volume.Object("projected") is { } projected)
            {
                Projected(name, projected, warnings);
            }
        }
    }

    private static void Projected(string name, JsonObject projected, List<string> warnings)
    {
        var all = new List<PathOf>();
        foreach (var source in projected.Objects("sources"))
        {
            if (source.Count == 0)
            {
                warnings.Add($"volume {FieldError.Quote(name)} (Projected) has no sources provided");
                continue;
            }
            Overlaps(name, "Projected", Paths(source), warnings, all);
        }
    }

    private static IEnumerable<PathOf> Paths(JsonObject source)
    {
        if (source.Object("configMap") is { } map && map.Array("items") is not null)
        {
            return Items(map, $"ConfigMap {FieldError.Quote(map.Text("name"))}");
        }
        if (source.Object("secret") is { } secret && secret.Array("items") is not null)
        {
            return Items(secret, $"Secret {FieldError.Quote(secret.Text("name"))}");
        }
        if (source.Object("downwardAPI") is { } downward && downward.Array("items") is not null)
        {
            return Items(downward, "DownwardAPI");
        }
        if (source.Object("serviceAccountToken") is { } token)
        {
            return [new(token.Text("path"), "ServiceAccountToken")];
        }
        if (source.Object("clusterTrustBundle") is { } bundle)
        {
            return [new(bundle.Text("path"), $"ClusterTrustBundle {FieldError.Quote(bundle.String("name") ?? bundle.Text("signerName"))}")];
        }
        if (source.Object("podCertificate") is { } certificate)
        {
            return new PathOf[]
            {
                new(certificate.Text("certificateChainPath"), "PodCertificate chain"),
                new(certificate.Text("keyPath"), "PodCertificate key"),
                new(certificate.Text("credentialBundlePath"), "PodCertificate credential bundle"),
            }.Where(static path => path.Path.Length > 0);
        }
        return [];
    }

    private static IEnumerable<PathOf> Items(JsonObject source, string description) =>
        source.Objects("items").Select(item => new PathOf(item.Text("path"), description));

    private static void Overlaps(string volume, string description, IEnumerable<PathOf> paths, List<string> warnings, List<PathOf>? known = null)
    {
        known ??= [];
        foreach (var given in paths)
        {
            var path = given with { Path = given.Path.TrimEnd('/') };
            foreach (var other in known)
            {
                if (path.Path.Length > 0 && other.Path.Length > 0 && (path.IsIn(other) || other.IsIn(path)))
                {
                    warnings.Add($"volume {FieldError.Quote(volume)} ({description}): overlapping paths: {path} with {other}");
                }
            }
            known.Add(path);
        }
    }

    private sealed record PathOf(string Path, string Source)
    {
        public bool IsIn(PathOf other) => (Path + "/").StartsWith(other.Path + "/", StringComparison.Ordinal);

        public override string ToString() => Source.Length > 0 ? $"{FieldError.Quote(Path)} ({Source})" : FieldError.Quote(Path);
    }
}
