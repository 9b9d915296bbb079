using System.Security.Cryptography;
using Proa.Api.Json;

namespace Proa.ApiServer.CustomResources;

/// <summary>
/// One version of a definition (<c>spec.versions[i]</c>), read from the definition's stored bytes when it is asked for and
/// forgotten when nobody holds it: of thousands of definitions few are in use. Thread-safe.
/// </summary>
public sealed class CustomVersionSource
{
    private readonly ReadOnlyMemory<byte> _definition;
    private readonly string _version;
    private readonly JsonObject? _kept;
    private readonly WeakReference<JsonObject>? _read;
    private byte[]? _hash;

    internal CustomVersionSource(ReadOnlyMemory<byte> definition, string version, JsonObject read) =>
        (_definition, _version, _read) = (definition, version, new(read));

    internal CustomVersionSource(JsonObject version) => (_version, _kept) = ("", version);

    /// <summary>Of its content; made at the first use.</summary>
    internal byte[] Hash => _hash ??= SHA256.HashData(JsonTree.ToUtf8(Version));

    public JsonObject Version
    {
        get
        {
            if (_kept is not null)
            {
                return _kept;
            }
            if (_read!.TryGetTarget(out var known))
            {
                return known;
            }
            foreach (var item in JsonTree.ParseObject(_definition.Span).Object("spec")?.Array("versions") ?? [])
            {
                if (item is JsonObject version && version.String("name") == _version)
                {
                    _read.SetTarget(version);
                    return version;
                }
            }
            return [];
        }
    }
}
