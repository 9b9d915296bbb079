using System.Text;
using Proa.Api.Meta;
using Proa.Api.Models.Core;
using Proa.Client;

namespace Proa.Node.Volumes;

/// <summary>Reads what pods refer to, one object at a time: a node has no business with a namespace's other Secrets.</summary>
internal sealed class ReferencedObjects(IClusterClient client)
{
    /// <summary>Null and no error: it does not exist.</summary>
    public async Task<(ConfigMap? Object, string? Error)> ConfigMapAsync(string ns, string name, CancellationToken ct) =>
        Read(await client.GetAsync<ConfigMap>(ns, name, ct));

    /// <inheritdoc cref="ConfigMapAsync"/>
    public async Task<(Secret? Object, string? Error)> SecretAsync(string ns, string name, CancellationToken ct) =>
        Read(await client.GetAsync<Secret>(ns, name, ct));

    public static IEnumerable<KeyValuePair<string, byte[]>> DataOf(ConfigMap map)
    {
        foreach (var (key, value) in map.Data)
        {
            yield return new(key, Encoding.UTF8.GetBytes(value));
        }
        foreach (var pair in map.BinaryData)
        {
            yield return pair;
        }
    }

    private static (T?, string?) Read<T>(ApiResult<T> result) where T : class, IResource<T>
    {
        if (result.Ok)
        {
            return (result.Value, null);
        }
        return result.IsNotFound ? (null, null) : (null, result.Error.Message ?? result.Error.Reason);
    }
}
