using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Schema;

/// <summary>
/// The built-in kinds, from the embedded schema file. Opening it notes where each type's line begins and parses nothing else;
/// a type is read at its first use. Thread-safe.
/// </summary>
public sealed unsafe class SchemaRegistry
{
    private static readonly Lazy<SchemaRegistry> s_builtIn = new(Open);

    private readonly byte* _data;
    private readonly Dictionary<string, (int Start, int Length)> _types;
    private readonly int _resourcesAt;
    private readonly int _length;
    private readonly ConcurrentDictionary<string, SchemaFields> _fields = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<GroupVersionKind, ObjectSchema> _schemas = new();
    private readonly Lazy<IReadOnlyList<ServedResource>> _resources;
    private readonly Lazy<Dictionary<GroupVersionKind, string>> _kinds;

    private SchemaRegistry(byte* data, int length)
    {
        _data = data;
        _length = length;
        _types = new(640, StringComparer.Ordinal);
        _resourcesAt = IndexTypes();
        _resources = new(() => ResourceReader.Read(new ReadOnlySpan<byte>(_data + _resourcesAt, _length - _resourcesAt)));
        _kinds = new(IndexKinds);
    }

    public static SchemaRegistry BuiltIn => s_builtIn.Value;

    /// <summary>All that is served, each group's versions and resources sorted by name.</summary>
    public IReadOnlyList<ServedResource> Resources => _resources.Value;

    public IEnumerable<string> TypeNames => _types.Keys;

    /// <summary>The schema of a kind, also of kinds without a resource of their own (<c>DeleteOptions</c>, lists); null when unknown.</summary>
    public ObjectSchema? Find(GroupVersionKind gvk)
    {
        if (_schemas.TryGetValue(gvk, out var found))
        {
            return found;
        }
        if (!_kinds.Value.TryGetValue(gvk, out var type))
        {
            return null;
        }
        return _schemas.GetOrAdd(gvk, new ObjectSchema(gvk, TypeNode(type)!, isStructural: false));
    }

    /// <summary>The node of a type by its short name, such as <c>core.v1.PodSpec</c>; null when unknown.</summary>
    public SchemaNode? TypeNode(string name) => _types.TryGetValue(name, out var at)
        ? SchemaReader.ReadReference(this, name, ReadType(at))
        : null;

    internal JsonObject? ReadType(string name) => _types.TryGetValue(name, out var at) ? ReadType(at) : null;

    internal SchemaFields FieldsOf(string type) => _fields.GetOrAdd(type, static (name, registry) =>
        SchemaReader.ReadFields(registry, registry.ReadType(registry._types[name])), this);

    private static SchemaRegistry Open()
    {
        // The stream of an embedded resource is a view of the mapped assembly: it is never copied and lives as long as the process.
        var stream = (UnmanagedMemoryStream)typeof(SchemaRegistry).Assembly.GetManifestResourceStream("kubernetes.json")!;
        return new SchemaRegistry(stream.PositionPointer, (int)stream.Length);
    }

    private JsonObject ReadType((int Start, int Length) at) => JsonTree.ParseObject(new ReadOnlySpan<byte>(_data + at.Start, at.Length));

    // {"types":{
    // "apps.v1.Deployment":{"gvk":"apps/v1/Deployment","f":{...}},
    // },"resources":[
    private int IndexTypes()
    {
        var data = new ReadOnlySpan<byte>(_data, _length);
        var at = data.IndexOf((byte)'\n') + 1;
        while (data[at] == '"')
        {
            var line = data[at..];
            line = line[..line.IndexOf((byte)'\n')];
            var quote = line[1..].IndexOf((byte)'"') + 1;
            var value = quote + 2;
            var end = line[^1] == ',' ? line.Length - 1 : line.Length;
            _types[Encoding.ASCII.GetString(line[1..quote])] = (at + value, end - value);
            at += line.Length + 1;
        }
        return at + data[at..].IndexOf((byte)'\n') + 1;
    }

    // A kind's type begins with its name: {"gvk":"apps/v1/Deployment",...
    private Dictionary<GroupVersionKind, string> IndexKinds()
    {
        var kinds = new Dictionary<GroupVersionKind, string>();
        foreach (var (name, (start, length)) in _types)
        {
            var text = new ReadOnlySpan<byte>(_data + start, length);
            if (text.StartsWith("{\"gvk\":\""u8))
            {
                text = text[8..];
                kinds[ResourceReader.ParseGvk(Encoding.ASCII.GetString(text[..text.IndexOf((byte)'"')]))] = name;
            }
        }
        return kinds;
    }
}
