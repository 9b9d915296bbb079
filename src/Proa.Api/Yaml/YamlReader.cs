using Proa.Api.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Proa.Api.Yaml;

/// <summary>Turns the parser's events into trees. For one use.</summary>
internal sealed class YamlReader
{
    /// <summary>Nodes that aliases may add to all documents together; a sane manifest adds a few dozen.</summary>
    private const int MaxAliasNodes = 100_000;

    private readonly Parser _parser;
    private readonly Action<YamlDuplicate>? _onDuplicate;
    private readonly Dictionary<string, (JsonValue Value, int Size)> _anchors = new(StringComparer.Ordinal);
    private int _aliasNodes;
    private int _nodes;

    public YamlReader(string yaml, Action<YamlDuplicate>? onDuplicate)
    {
        _parser = new Parser(new Scanner(new StringReader(yaml), skipComments: true));
        _onDuplicate = onDuplicate;
    }

    public IEnumerable<JsonValue> Documents()
    {
        Take<StreamStart>();
        while (Next() is DocumentStart)
        {
            Take<DocumentStart>();
            _anchors.Clear();
            var document = Next() is DocumentEnd ? JsonNull.Instance : Value("", 0);
            Take<DocumentEnd>();
            yield return document;
        }
    }

    private JsonValue Value(string path, int depth)
    {
        if (depth > JsonTree.MaxDepth)
        {
            throw Fail("nested too deeply");
        }
        var before = _nodes++;
        var next = Next();
        JsonValue value;
        switch (next)
        {
            case AnchorAlias alias:
                Take<AnchorAlias>();
                if (!_anchors.TryGetValue(alias.Value.Value, out var anchored))
                {
                    throw Fail($"unknown anchor '{alias.Value.Value}' referenced", next);
                }
                _aliasNodes += anchored.Size;
                _nodes += anchored.Size;
                if (_aliasNodes > MaxAliasNodes)
                {
                    throw Fail("document contains excessive aliasing", next);
                }
                return anchored.Value.Clone();
            case Scalar scalar:
                Take<Scalar>();
                value = YamlScalars.Resolve(scalar);
                break;
            case SequenceStart:
                value = Sequence(path, depth);
                break;
            case MappingStart:
                value = Mapping(path, depth);
                break;
            default:
                throw Fail("did not find expected node content", next);
        }
        if (next is NodeEvent { Anchor.IsEmpty: false } node)
        {
            _anchors[node.Anchor.Value] = (value, _nodes - before);
        }
        return value;
    }

    private JsonArray Sequence(string path, int depth)
    {
        Take<SequenceStart>();
        var list = new JsonArray();
        while (Next() is not SequenceEnd)
        {
            list.Add(Value(_onDuplicate is null ? "" : $"{path}[{list.Count}]", depth + 1));
        }
        Take<SequenceEnd>();
        return list;
    }

    private JsonObject Mapping(string path, int depth)
    {
        Take<MappingStart>();
        var map = new JsonObject();
        JsonObject? merged = null;
        while (Next() is not MappingEnd)
        {
            var keyEvent = Next();
            var key = Key(Value(path, depth + 1), keyEvent);
            var at = _onDuplicate is null ? "" : path.Length == 0 ? key : $"{path}.{key}";
            var line = (int)Next().Start.Line;
            var value = Value(at, depth + 1);
            if (key == "<<" && keyEvent is Scalar { Style: ScalarStyle.Plain })
            {
                Merge(merged ??= new JsonObject(), value, keyEvent);
                continue;
            }
            if (_onDuplicate is not null && map.ContainsKey(key))
            {
                _onDuplicate(new(at, key, line));
            }
            map[key] = value;
        }
        Take<MappingEnd>();
        if (merged is not null)
        {
            foreach (var (key, value) in merged)
            {
                if (!map.ContainsKey(key))
                {
                    map[key] = value;
                }
            }
        }
        return map;
    }

    private void Merge(JsonObject into, JsonValue value, ParsingEvent at)
    {
        switch (value)
        {
            case JsonObject map:
                foreach (var (key, member) in map)
                {
                    if (!into.ContainsKey(key))
                    {
                        into[key] = member;
                    }
                }
                break;
            case JsonArray list when list.All(item => item is JsonObject):
                foreach (var item in list)
                {
                    Merge(into, item, at);
                }
                break;
            default:
                throw Fail("map merge requires map or sequence of maps as the value", at);
        }
    }

    private string Key(JsonValue key, ParsingEvent at) => key switch
    {
        JsonString s => s.Value,
        JsonNumber n => n.Text,
        JsonBool b => b.Value ? "true" : "false",
        JsonNull => "null",
        _ => throw Fail("a mapping's key is not a scalar", at),
    };

    private ParsingEvent Next()
    {
        try
        {
            if (_parser.Current is null && !_parser.MoveNext())
            {
                throw new YamlFormatException(1, "unexpected end of the text");
            }
            return _parser.Current!;
        }
        catch (YamlException e)
        {
            throw new YamlFormatException(Math.Max(1, e.Start.Line), e.Message);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // What the library says of some broken documents.
            throw Fail("did not find expected node content");
        }
    }

    private void Take<T>() where T : ParsingEvent
    {
        var current = Next();
        if (current is not T)
        {
            throw Fail($"expected {typeof(T).Name}", current);
        }
        try
        {
            _parser.MoveNext();
        }
        catch (YamlException e)
        {
            throw new YamlFormatException(Math.Max(1, e.Start.Line), e.Message);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // What the library says of some broken documents.
            throw Fail("did not find expected node content");
        }
    }

    private YamlFormatException Fail(string message, ParsingEvent? at = null) => new(Math.Max(1, (at ?? _parser.Current)?.Start.Line ?? 1), message);
}
