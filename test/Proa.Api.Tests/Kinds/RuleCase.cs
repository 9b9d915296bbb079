using System.Text;
using Proa.Api.Json;
using Proa.Api.Kinds;
using Proa.Api.Meta;
using Proa.Api.Patches;
using Proa.Api.Schema;

namespace Proa.Api.Tests.Kinds;

/// <summary>
/// One line of the tables in <c>Rules</c>: a change to a sound object, and what is said of it.
/// <code>
/// == v1/Service
/// base {"metadata":{"name":"s"}, ...}         what the cases after it change
/// create NAME {merge patch}                   a new object: base and patch
/// update NAME {merge patch}                   base is stored; base and patch replace it
/// status NAME {merge patch}                   the same through the status subresource
/// warn NAME {merge patch}                     what a creator is told
/// rewarn NAME {merge patch}                   what an updater is told
///   each text, indented; none: nothing is wrong
/// </code>
/// A kind followed by <c>raw</c> is given as it is, not brought into form by the schema.
/// </summary>
internal sealed record RuleCase(string Name, string Kind, bool Raw, string Verb, string Base, string Patch, IReadOnlyList<string> Expected)
{
    public static IEnumerable<RuleCase> Read(string path)
    {
        var (kind, raw, sound) = ("", false, "{}");
        RuleCase? open = null;
        var expected = new List<string>();
        foreach (var line in File.ReadLines(path))
        {
            if (line.StartsWith("  ", StringComparison.Ordinal))
            {
                expected.Add(line.Trim().Replace("\\n", "\n", StringComparison.Ordinal));
                continue;
            }
            if (open is not null)
            {
                yield return open with { Expected = expected };
            }
            (open, expected) = (null, []);
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }
            var words = line.Split(' ', 3);
            switch (words[0])
            {
                case "==":
                    (kind, raw) = (words[1], words.Length > 2);
                    break;
                case "base":
                    sound = line[5..];
                    break;
                default:
                    open = new($"{kind} {words[0]} {words[1]}", kind, raw, words[0], sound, words[2], []);
                    break;
            }
        }
        if (open is not null)
        {
            yield return open with { Expected = expected };
        }
    }

    public IReadOnlyList<string> Say()
    {
        var slash = Kind.LastIndexOf('/');
        var gvk = GroupVersionKind.Of(Kind[..slash], Kind[(slash + 1)..]);
        var strategy = KindStrategies.For(gvk);
        if (Verb is "create" or "warn")
        {
            var made = Prepared(gvk, strategy, Changed(Parse(Base)));
            return Verb == "create" ? Texts(strategy.Validate(made)) : strategy.Warnings(made, null);
        }
        var old = Prepared(gvk, strategy, Parse(Base));
        if (Verb == "status" && Parse(Base)["status"] is { } status)
        {
            old["status"] = status;
        }
        var obj = Normalized(gvk, strategy, Changed(old.CloneObject()));
        switch (Verb)
        {
            case "status":
                strategy.PrepareForStatusUpdate(obj, old);
                return Texts(strategy.ValidateStatusUpdate(obj, old));
            case "update" or "rewarn":
                strategy.PrepareForUpdate(obj, old);
                return Verb == "update" ? Texts(strategy.ValidateUpdate(obj, old)) : strategy.Warnings(obj, old);
            default:
                throw new FormatException($"{Name}: no such verb");
        }
    }

    private static List<string> Texts(IReadOnlyList<FieldError> errors) => [.. errors.Select(static error => error.ToString())];

    private static JsonObject Parse(string json) => JsonTree.ParseObject(Encoding.UTF8.GetBytes(json));

    private JsonObject Changed(JsonObject obj) => MergePatch.Apply(obj, Parse(Patch)).Object!;

    private JsonObject Prepared(GroupVersionKind gvk, IKindStrategy strategy, JsonObject obj)
    {
        var metadata = obj.EnsureObject("metadata");
        if (SchemaRegistry.BuiltIn.Resources.First(resource => resource.Gvk == gvk).Namespaced)
        {
            metadata["namespace"] ??= "ns";
        }
        Normalized(gvk, strategy, obj);
        strategy.PrepareForCreate(obj);
        return Normalized(gvk, strategy, obj);
    }

    private JsonObject Normalized(GroupVersionKind gvk, IKindStrategy strategy, JsonObject obj)
    {
        if (Raw)
        {
            return obj;
        }
        var schema = SchemaRegistry.BuiltIn.Find(gvk)!;
        Assert.Null(SchemaEngine.Normalize(schema, obj, NormalizeOptions.Default).Error);
        strategy.ApplyDefaults(obj);
        SchemaEngine.ApplyDefaults(schema, obj);
        SchemaEngine.Normalize(schema, obj, NormalizeOptions.Quiet);
        return obj;
    }
}
