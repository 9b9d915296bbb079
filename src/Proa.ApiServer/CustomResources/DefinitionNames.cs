using Proa.Api.Json;

namespace Proa.ApiServer.CustomResources;

/// <summary>Which names a definition may have beside those of the same group that were there first. Pure.</summary>
internal static class DefinitionNames
{
    /// <summary>The names that a definition holds.</summary>
    public static (string Group, string[] Resources, string[] Kinds) Held(JsonObject definition)
    {
        var accepted = definition.Object("status")?.Object("acceptedNames");
        return (definition.Object("spec")?.String("group") ?? "",
            [accepted?.String("plural") ?? "", accepted?.String("singular") ?? "", .. Texts(accepted?.Array("shortNames"))],
            [accepted?.String("kind") ?? "", accepted?.String("listKind") ?? ""]);
    }

    /// <summary>Takes the names that are free into <c>status.acceptedNames</c>.</summary>
    /// <returns>Why not all are; null: they are.</returns>
    public static (string Reason, string Message)? Accept(JsonObject definition, IReadOnlySet<string> resources, IReadOnlySet<string> kinds)
    {
        var wanted = definition.Object("spec")!.Object("names")!;
        var accepted = definition.EnsureObject("status").EnsureObject("acceptedNames");
        var before = accepted.CloneObject();
        (string, string)? conflict = null;
        One("plural", "PluralConflict", resources);
        One("singular", "SingularConflict", resources);
        ShortNames();
        One("kind", "KindConflict", kinds);
        One("listKind", "ListKindConflict", kinds);
        accepted["categories"] = wanted["categories"]?.Clone();
        return conflict;

        void One(string field, string reason, IReadOnlySet<string> used)
        {
            var name = wanted.String(field) ?? "";
            if (name != (before.String(field) ?? "") && used.Contains(name))
            {
                conflict = (reason, $"\"{name}\" is already in use");
            }
            else
            {
                accepted[field] = wanted[field]?.Clone();
            }
        }

        void ShortNames()
        {
            var had = Texts(before.Array("shortNames"));
            List<string> taken = [.. Texts(wanted.Array("shortNames")).Where(name => !had.Contains(name) && resources.Contains(name)).Distinct(StringComparer.Ordinal)];
            if (taken.Count > 0)
            {
                var texts = taken.Select(static name => $"\"{name}\" is already in use").ToList();
                conflict = ("ShortNamesConflict", texts.Count == 1 ? texts[0] : $"[{string.Join(", ", texts)}]");
            }
            else
            {
                accepted["shortNames"] = wanted["shortNames"]?.Clone();
            }
        }
    }

    private static string[] Texts(JsonArray? items) => items is null ? [] : [.. items.OfType<JsonString>().Select(static item => item.Value)];
}
