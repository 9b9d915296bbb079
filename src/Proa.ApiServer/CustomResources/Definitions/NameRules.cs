using Proa.Api.Json;
using Proa.Api.Kinds;
using Proa.Api.Meta;

namespace Proa.ApiServer.CustomResources.Definitions;

/// <summary>The names by which a custom resource is served, wanted or accepted. Pure.</summary>
internal static class NameRules
{
    public static void Check(JsonObject names, string at, FieldErrors errors)
    {
        Label(names, "plural", at, errors);
        Label(names, "singular", at, errors);
        MixedCase(names, "kind", at, errors);
        MixedCase(names, "listKind", at, errors);
        Labels(names, "shortNames", at, errors);
        if (names.String("kind") is { Length: > 0 } kind && kind == names.String("listKind"))
        {
            errors.Invalid($"{at}.listKind", kind, "kind and listKind may not be the same");
        }
        Labels(names, "categories", at, errors);
    }

    private static void Label(JsonObject names, string member, string at, FieldErrors errors)
    {
        if (names.String(member) is { Length: > 0 } name && Names.Dns1035Label(name) is { Length: > 0 } wrong)
        {
            errors.Invalid($"{at}.{member}", name, string.Join(",", wrong));
        }
    }

    private static void MixedCase(JsonObject names, string member, string at, FieldErrors errors)
    {
        if (names.String(member) is { Length: > 0 } name && Names.Dns1035Label(name.ToLowerInvariant()) is { Length: > 0 } wrong)
        {
            errors.Invalid($"{at}.{member}", name, "may have mixed case, but should otherwise match: " + string.Join(",", wrong));
        }
    }

    private static void Labels(JsonObject names, string member, string at, FieldErrors errors)
    {
        var i = 0;
        foreach (var item in names.Array(member) ?? [])
        {
            var name = (item as JsonString)?.Value ?? "";
            if (Names.Dns1035Label(name) is { Length: > 0 } wrong)
            {
                errors.Invalid($"{at}.{member}[{i}]", name, string.Join(",", wrong));
            }
            i++;
        }
    }
}
