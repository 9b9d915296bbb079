using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds;

/// <summary>The rules of <c>metadata</c>, the same for all kinds but for the form of the name.</summary>
public static class ObjectMetaRules
{
    /// <summary>Names longer than this are cut before a generated suffix is added.</summary>
    private const int MaxGeneratedName = 63;
    private const int SuffixLength = 5;
    private const int AnnotationsLimit = 256 * 1024;

    // No vowels, 0, 1, 3: a suffix never spells a word. Source: apimachinery's names generator.
    private const string SuffixLetters = "bcdfghjklmnpqrstvwxz2456789";

    /// <summary>The name for <paramref name="generateName"/>: the prefix, cut to leave room, and five random letters.</summary>
    public static string GenerateName(string generateName, Random random)
    {
        var prefix = generateName.Length > MaxGeneratedName - SuffixLength ? generateName[..(MaxGeneratedName - SuffixLength)] : generateName;
        return prefix + new string(random.GetItems<char>(SuffixLetters, SuffixLength));
    }

    /// <summary>Of a new object.</summary>
    public static void Validate(JsonObject obj, bool namespaced, Func<string, string[]> nameForm, MetadataPasses passes, FieldErrors errors)
    {
        var metadata = obj.Object("metadata") ?? new JsonObject();
        if (metadata.String("generateName") is { Length: > 0 } prefix)
        {
            // A prefix may end in what a name may not: the suffix follows.
            errors.Invalid("metadata.generateName", prefix, nameForm(prefix[^1] is '-' or '.' ? prefix[..^1] + "a" : prefix));
        }
        if (metadata.String("name") is not { Length: > 0 } name)
        {
            errors.Required("metadata.name", "name or generateName is required");
        }
        else
        {
            errors.Invalid("metadata.name", name, nameForm(name));
        }
        var ns = metadata.String("namespace") ?? "";
        if (namespaced)
        {
            if (ns.Length == 0)
            {
                errors.Required("metadata.namespace");
            }
            else
            {
                errors.Invalid("metadata.namespace", ns, Names.DnsLabel(ns));
            }
        }
        else if (ns.Length > 0)
        {
            errors.Forbidden("metadata.namespace", "not allowed on this type");
        }
        Whole(metadata, passes.NamesFinalizers, errors);
    }

    /// <summary>Of a changed object: once for all kinds, then as often as the kind looks itself.</summary>
    public static void ValidateUpdate(JsonObject obj, JsonObject old, MetadataPasses passes, FieldErrors errors)
    {
        var metadata = obj.Object("metadata") ?? new JsonObject();
        var before = old.Object("metadata") ?? new JsonObject();
        Whole(metadata, namesFinalizers: false, errors);
        Change(metadata, before, namesFinalizers: false, errors);
        foreach (var pass in passes.OnUpdate)
        {
            if (pass == 'U')
            {
                Change(metadata, before, passes.NamesFinalizers, errors);
            }
            else
            {
                Whole(metadata, passes.NamesFinalizers, errors);
            }
        }
    }

    private static void Whole(JsonObject metadata, bool namesFinalizers, FieldErrors errors)
    {
        errors.NonNegative("metadata.generation", metadata["generation"]);
        Common(metadata, errors);
        Finalizers(metadata, namesFinalizers, errors);
    }

    private static void Change(JsonObject metadata, JsonObject before, bool namesFinalizers, FieldErrors errors)
    {
        if (before.ContainsKey("deletionTimestamp"))
        {
            var added = Texts(metadata.Array("finalizers")).Except(Texts(before.Array("finalizers"))).Order(StringComparer.Ordinal).ToList();
            if (added.Count > 0)
            {
                errors.Forbidden("metadata.finalizers",
                    $"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{string.Join(", ", added.Select(FieldError.Quote))}}}");
            }
        }
        if ((metadata.Int("generation") ?? 0) < (before.Int("generation") ?? 0))
        {
            errors.Invalid("metadata.generation", metadata["generation"] ?? 0, "must not be decremented");
        }
        foreach (var name in (ReadOnlySpan<string>)["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"])
        {
            errors.Immutable($"metadata.{name}", metadata[name], before[name]);
        }
        Common(metadata, errors);
        if (namesFinalizers)
        {
            StandardFinalizers(metadata, errors);
        }
    }

    /// <summary>Labels anywhere in an object.</summary>
    public static void Labels(JsonObject? labels, string field, FieldErrors errors)
    {
        foreach (var (key, value) in labels ?? new JsonObject())
        {
            errors.Invalid(field, key, Names.QualifiedName(key));
            if (value is JsonString text)
            {
                foreach (var wrong in Names.LabelValue(text.Value))
                {
                    errors.Invalid(field, text, wrong);
                }
            }
        }
    }

    public static void Annotations(JsonObject? annotations, string field, FieldErrors errors)
    {
        long size = 0;
        foreach (var (key, value) in annotations ?? new JsonObject())
        {
            var wrong = Names.QualifiedName(key.ToLowerInvariant());
            errors.Invalid(field, key, wrong);
            size += key.Length + ((value as JsonString)?.Value.Length ?? 0);
        }
        if (size > AnnotationsLimit)
        {
            errors.Add(FieldError.TooLong(field, AnnotationsLimit));
        }
    }

    private static void Common(JsonObject metadata, FieldErrors errors)
    {
        Labels(metadata.Object("labels"), "metadata.labels", errors);
        Annotations(metadata.Object("annotations"), "metadata.annotations", errors);
        Owners(metadata.Array("ownerReferences"), errors);
    }

    private static void Owners(JsonArray? owners, FieldErrors errors)
    {
        const string Field = "metadata.ownerReferences";
        string? controller = null;
        foreach (var item in owners ?? new JsonArray())
        {
            if (item is not JsonObject owner)
            {
                continue;
            }
            var apiVersion = owner.String("apiVersion") ?? "";
            if (apiVersion.Length == 0 || apiVersion.EndsWith('/') || apiVersion.Count('/') > 1)
            {
                errors.Invalid($"{Field}.apiVersion", apiVersion, "version must not be empty");
            }
            foreach (var name in (ReadOnlySpan<string>)["kind", "name", "uid"])
            {
                if (owner.String(name) is null or "")
                {
                    errors.Invalid($"{Field}.{name}", "", "must not be empty");
                }
            }
            if (apiVersion == "v1" && owner.String("kind") == "Event")
            {
                errors.Invalid(Field, owner, "/v1, Kind=Event is disallowed from being an owner");
            }
            if (owner.Bool("controller") == true)
            {
                var current = $"{owner.String("kind")}/{owner.String("name")}";
                if (controller is not null)
                {
                    errors.Invalid(Field, owners, $"Only one reference can have Controller set to true. Found \"true\" in references for {controller} and {current}");
                }
                else
                {
                    controller = current;
                }
            }
        }
    }

    private static void Finalizers(JsonObject metadata, bool areNamed, FieldErrors errors)
    {
        const string Field = "metadata.finalizers";
        var finalizers = Texts(metadata.Array("finalizers")).ToList();
        foreach (var finalizer in finalizers)
        {
            errors.Invalid(Field, finalizer, Names.QualifiedName(finalizer));
        }
        if (finalizers.Contains("orphan") && finalizers.Contains("foregroundDeletion"))
        {
            errors.Invalid(Field, metadata["finalizers"], "finalizer orphan and foregroundDeletion cannot be both set");
        }
        if (areNamed)
        {
            StandardFinalizers(metadata, errors);
        }
    }

    private static void StandardFinalizers(JsonObject metadata, FieldErrors errors)
    {
        var finalizers = Texts(metadata.Array("finalizers")).ToList();
        for (var i = 0; i < finalizers.Count; i++)
        {
            if (!finalizers[i].Contains('/') && finalizers[i] is not ("orphan" or "foregroundDeletion" or "kubernetes"))
            {
                errors.Invalid($"metadata.finalizers[{i}]", finalizers[i], "name is neither a standard finalizer name nor is it fully qualified");
            }
        }
    }

    private static IEnumerable<string> Texts(JsonArray? array) => array?.OfType<JsonString>().Select(s => s.Value) ?? [];
}
