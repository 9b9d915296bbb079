using System.Globalization;
using System.Text;
using System.Text.Json;
using Proa.Api.Apply;
using Proa.Api.Json;
using Proa.Api.Kinds;
using Proa.Api.Meta;
using Proa.Api.Patches;
using Proa.Api.Protobuf;
using Proa.Api.Schema;
using Proa.Api.Selectors;
using Proa.Api.Yaml;

namespace Proa.Api.Tests.Fuzz;

/// <summary>
/// Whatever bytes a client sends, each reader takes them or refuses them with the exception it is documented to throw.
/// Rounds are counted and seeded, so each run does the same; <c>bench/fuzz/run</c> sets more rounds and another seed.
/// </summary>
public sealed class FuzzTests
{
    private static readonly int s_rounds = Number("PROA_FUZZ_ROUNDS", 3000);
    private static readonly int s_seed = Number("PROA_FUZZ_SEED", 1);

    private static readonly DateTimeOffset s_now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly List<byte[]> s_texts = [.. GoldenStep.Read("defaults").Concat(GoldenStep.Read("invalid"))
        .Where(static step => step.Body is not null).Select(static step => JsonTree.ToUtf8(step.Body!)).Take(150)];

    private static readonly List<byte[]> s_yaml =
    [
        .. s_texts.Take(60).Select(static json => Encoding.UTF8.GetBytes(YamlTree.Write(JsonTree.Parse(json)))),
        "a: &x [1, 2]\nb: *x\nc: {<<: {d: 1}}\n"u8.ToArray(),
        "- |\n  text\n- >-\n  folded\n  more\n- 'q''q'\n- \"\\x41\\u00e9\"\n? k\n: v\n"u8.ToArray(),
        "yes: 010\nno: 0x1F\nt: 2001-12-14t21:59:43.10-05:00\nf: .inf\n"u8.ToArray(),
    ];

    public static TheoryData<string> Kinds { get; } =
        [.. SchemaRegistry.BuiltIn.Resources.Where(static r => r.Verbs.Contains("update")).Select(static r => $"{r.ApiVersion} {r.Kind}").Distinct().Order(StringComparer.Ordinal)];

    [Fact]
    public void Json_IsReadOrRefused_AndWrittenBackTheSame()
    {
        Rounds("json", (random, mutator) =>
        {
            var bytes = mutator.Bytes(s_texts);
            try
            {
                var value = JsonTree.Parse(bytes);
                Assert.True(JsonTree.Parse(JsonTree.ToUtf8(value)).DeepEquals(value));
            }
            catch (JsonException)
            {
                // refused
            }
        });
    }

    [Fact]
    public void Yaml_IsReadOrRefused_AndWrittenBackTheSame()
    {
        Rounds("yaml", (random, mutator) =>
        {
            var bytes = mutator.Bytes(s_yaml);
            JsonValue value;
            try
            {
                value = YamlTree.Parse(bytes);
            }
            catch (FormatException)
            {
                return;
            }
            var text = YamlTree.Write(value);
            Assert.True(YamlTree.Parse(text).DeepEquals(value), $"{value}\nwritten as\n{text}");
        });
    }

    [Fact]
    public void Protobuf_IsReadOrRefused()
    {
        var corpus = SchemaRegistry.BuiltIn.Resources.Select(static (r, i) =>
            ProtobufEncoder.Encode(new RandomObjects(i).Of(r.Gvk, SchemaRegistry.BuiltIn.Find(r.Gvk)!.Root), SchemaRegistry.BuiltIn)!).ToList();
        Rounds("protobuf", (random, mutator) =>
        {
            JsonObject value;
            try
            {
                value = ProtobufDecoder.Decode(mutator.Bytes(corpus), SchemaRegistry.BuiltIn);
            }
            catch (FormatException)
            {
                return;
            }
            _ = JsonTree.ToUtf8(value);
        });
    }

    [Fact]
    public void Patches_ApplyOrSayWhyNot()
    {
        var gvks = new[] { new GroupVersionKind("", "v1", "Pod"), new GroupVersionKind("", "v1", "Service"), new GroupVersionKind("apps", "v1", "Deployment") };
        var words = new[] { "add", "remove", "replace", "move", "copy", "test", "none" };
        Rounds("patches", (random, mutator) =>
        {
            var gvk = gvks[random.Next(gvks.Length)];
            var root = SchemaRegistry.BuiltIn.Find(gvk)!.Root;
            var live = new RandomObjects(random.Next()).Of(gvk, root);
            var paths = Pointers(live, "").ToList();
            var operations = new JsonArray(Enumerable.Range(0, random.Next(4)).Select(_ =>
            {
                JsonValue operation = new JsonObject
                {
                    ["op"] = words[random.Next(words.Length)],
                    ["path"] = paths[random.Next(paths.Count)] + (random.Next(3) == 0 ? "/-" : ""),
                    ["from"] = paths[random.Next(paths.Count)],
                    ["value"] = mutator.Value(),
                };
                return random.Next(6) == 0 ? mutator.Tree((JsonObject)operation) : operation;
            }));
            Check(JsonPatch.Apply(live.CloneObject(), operations));
            Check(JsonPatch.Apply(live.CloneObject(), mutator.Value()));
            var patch = mutator.Tree(new RandomObjects(random.Next()).Of(gvk, root));
            Directives(patch, random);
            Check(MergePatch.Apply(live.CloneObject(), patch));
            Check(MergePatch.Apply(live.CloneObject(), mutator.Value()));
            Check(StrategicMergePatch.Apply(root, live.CloneObject(), patch));

            static void Check(PatchResult result)
            {
                Assert.True(result.Ok || result.Error.Message.Length > 0);
            }
        });
    }

    [Fact]
    public void Selectors_AreReadOrRefused()
    {
        var corpus = new List<byte[]>(new[]
        {
            "a=b", "a==b,c!=d", "app in (a, b),tier notin (c),!gone,there", "kubernetes.io/name=x", "metadata.name=a,status.phase!=Running", "spec.x=a\\,b\\=c", "a>1,b<2",
        }.Select(Encoding.UTF8.GetBytes));
        var labels = new Dictionary<string, string> { ["a"] = "b", ["app"] = "a" };
        Rounds("selectors", (random, mutator) =>
        {
            var text = Encoding.UTF8.GetString(mutator.Bytes(corpus));
            if (LabelSelector.TryParse(text, out var selector, out var error))
            {
                Assert.True(LabelSelector.TryParse(selector.ToString()!, out var again, out var refused), $"{text}: {refused}");
                Assert.Equal(selector.Matches(labels), again.Matches(labels));
            }
            else
            {
                Assert.NotEmpty(error);
            }
            Assert.True(FieldSelector.TryParse(text, out _, out var fieldError) || fieldError.Length > 0);
            Assert.True(Quantity.TryParse(text, out _) || Quantity.ErrorOf(text).Length > 0);
        });
    }

    [Fact]
    public void FieldSets_AnyOwnersAndConfigurations_Merge()
    {
        var schema = SchemaRegistry.BuiltIn.Find(new("apps", "v1", "Deployment"))!;
        Rounds("field sets", (random, mutator) =>
        {
            var live = Normal(schema, new RandomObjects(random.Next()).Of(schema.Gvk, schema.Root));
            var applied = Normal(schema, mutator.Tree(new RandomObjects(random.Next()).Of(schema.Gvk, schema.Root)));
            if (live is null || applied is null)
            {
                return;
            }
            var metadata = live.EnsureObject("metadata");
            metadata["managedFields"] = new JsonArray([mutator.Tree(new JsonObject
            {
                ["manager"] = "a",
                ["operation"] = "Apply",
                ["apiVersion"] = "apps/v1",
                ["fieldsType"] = "FieldsV1",
                ["fieldsV1"] = mutator.Tree(FieldSetBuilder.Of(schema.Root, live).ToJson()),
            })]);
            if (Normal(schema, live) is not { } owned)
            {
                return;
            }
            applied.Object("metadata")?.Remove("managedFields");
            var result = ServerSideApply.Apply(schema, owned, applied, new("a", "apps/v1"), [], random.Next(2) == 0, s_now);
            Assert.True(result.Object is not null || result.Conflicts.Count > 0 || result.Error is not null);
            ManagedFields.TrackUpdate(schema, owned, applied, new("b", "apps/v1"), s_now);
        });
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Rules_AnyObjectOfTheKind_AreAnswered(string kind)
    {
        var gvk = GroupVersionKind.Of(kind.Split(' ')[0], kind.Split(' ')[1]);
        var schema = SchemaRegistry.BuiltIn.Find(gvk)!;
        var strategy = KindStrategies.For(gvk);
        JsonObject? old = null;
        Rounds(kind, (random, mutator) =>
        {
            var sent = mutator.Tree(new RandomObjects(random.Next()).Of(gvk, schema.Root));
            sent["apiVersion"] = gvk.ApiVersion;
            sent["kind"] = gvk.Kind;
            if (Normal(schema, sent) is not { } obj)
            {
                return;
            }
            var metadata = obj.EnsureObject("metadata");
            (metadata["name"], metadata["namespace"], metadata["uid"]) = ("n", "ns", "u");
            strategy.ApplyDefaults(obj);
            if (Normal(schema, obj) is not { } complete)
            {
                return;
            }
            var created = complete.CloneObject();
            strategy.PrepareForCreate(created);
            _ = FieldError.Aggregate(strategy.Validate(created));
            _ = strategy.Warnings(created, null);
            foreach (var field in strategy.SelectableFields)
            {
                _ = strategy.FieldValue(created, field);
            }
            if (old is not null)
            {
                var updated = complete.CloneObject();
                strategy.PrepareForUpdate(updated, old.CloneObject());
                _ = FieldError.Aggregate(strategy.ValidateUpdate(updated, old));
                if (strategy.HasStatus)
                {
                    strategy.PrepareForStatusUpdate(complete, old.CloneObject());
                    _ = FieldError.Aggregate(strategy.ValidateStatusUpdate(complete, old));
                }
            }
            old = created;
        }, share: 12);
    }

    private static JsonObject? Normal(ObjectSchema schema, JsonObject obj) =>
        SchemaEngine.Normalize(schema, obj, NormalizeOptions.Quiet).Error is null ? obj : null;

    private static IEnumerable<string> Pointers(JsonValue value, string path)
    {
        yield return path;
        switch (value)
        {
            case JsonObject obj:
                foreach (var (key, member) in obj)
                {
                    foreach (var below in Pointers(member, $"{path}/{key.Replace("~", "~0").Replace("/", "~1")}"))
                    {
                        yield return below;
                    }
                }
                break;
            case JsonArray array:
                for (var i = 0; i < array.Count; i++)
                {
                    foreach (var below in Pointers(array[i], $"{path}/{i}"))
                    {
                        yield return below;
                    }
                }
                break;
        }
    }

    /// <summary>Puts a strategic merge patch's directives somewhere.</summary>
    private static void Directives(JsonObject patch, Random random)
    {
        foreach (var (key, member) in patch.ToList())
        {
            if (member is JsonObject below)
            {
                Directives(below, random);
            }
            foreach (var item in (member as JsonArray ?? []).OfType<JsonObject>().Where(_ => random.Next(4) == 0))
            {
                item["$patch"] = random.Next(3) == 0 ? "delete" : random.Next(2) == 0 ? "replace" : "odd";
            }
            if (random.Next(8) == 0)
            {
                patch[(random.Next(2) == 0 ? "$setElementOrder/" : "$deleteFromPrimitiveList/") + key] = member.Clone();
                patch["$retainKeys"] = new JsonArray([key]);
            }
        }
    }

    /// <param name="share">Do this part of the rounds.</param>
    private static void Rounds(string target, Action<Random, Mutator> round, int share = 1)
    {
        for (var i = 0; i < s_rounds / share; i++)
        {
            var seed = HashCode(target, s_seed + i);
            var random = new Random(seed);
            try
            {
                round(random, new Mutator(random));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{target}, round {i} of seed {s_seed}: {e.Message}", e);
            }
        }
    }

    private static int HashCode(string target, int round)
    {
        var hash = 17;
        foreach (var c in target)
        {
            hash = unchecked(hash * 31 + c);
        }
        return unchecked(hash * 31 + round) & int.MaxValue;
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var given) ? given : otherwise;
}
