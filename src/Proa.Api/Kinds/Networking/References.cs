using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Networking;

/// <summary>References to objects of any kind: a group, a kind and a name.</summary>
internal static class References
{
    public static void Check(JsonObject reference, string at, FieldErrors errors)
    {
        if (reference.String("apiGroup") is { } group)
        {
            errors.Invalid($"{at}.apiGroup", group, Names.DnsSubdomain(group));
        }
        Segment(reference, "kind", at, errors);
        Segment(reference, "name", at, errors);
    }

    /// <summary>A member that must be there and fit into a URL's path.</summary>
    public static void Segment(JsonObject reference, string name, string at, FieldErrors errors)
    {
        if (reference.Text(name) is { Length: > 0 } value)
        {
            errors.Invalid($"{at}.{name}", value, Names.PathSegment(value));
        }
        else
        {
            errors.Required($"{at}.{name}");
        }
    }
}
