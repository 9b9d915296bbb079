using Proa.Api.Json;
using Proa.Api.Kinds;

namespace Proa.ApiServer.CustomResources.Definitions;

/// <summary>
/// A definition's spec in the original's internal form, which its messages speak of: what all versions have alike stands once, for
/// the whole spec, and no longer with the versions.
/// </summary>
internal sealed class DefinitionSpec
{
    public DefinitionSpec(JsonObject spec)
    {
        Spec = spec;
        Versions = [.. (spec.Array("versions") ?? []).OfType<JsonObject>()];
        Schema = Shared("schema") as JsonObject;
        Subresources = Shared("subresources") as JsonObject;
        Columns = Shared("additionalPrinterColumns") as JsonArray;
        SelectableFields = Shared("selectableFields") as JsonArray;
    }

    public JsonObject Spec { get; }

    public IReadOnlyList<JsonObject> Versions { get; }

    /// <summary>The member of the whole spec; null where there is none or the versions differ.</summary>
    public JsonObject? Schema { get; }

    public JsonObject? Subresources { get; }

    public JsonArray? Columns { get; }

    public JsonArray? SelectableFields { get; }

    /// <summary>What stays with a version because the versions differ in it.</summary>
    public JsonValue? Own(JsonObject version, string member) => IsShared(member) ? null : version[member];

    /// <summary>The subresources that a version has, wherever they stand.</summary>
    public static bool HasStatus(JsonObject? subresources) => subresources?.Object("status") is not null;

    /// <summary>The versions as messages print them.</summary>
    public JsonValue Shown()
    {
        if (Versions.Count == 0)
        {
            return Spec.Given("versions") ?? JsonNull.Instance;
        }
        var shown = new JsonArray();
        foreach (var version in Versions)
        {
            shown.Add(new JsonObject
            {
                ["Name"] = version.String("name") ?? "",
                ["Served"] = version.Bool("served") ?? false,
                ["Storage"] = version.Bool("storage") ?? false,
                ["Deprecated"] = version.Bool("deprecated") ?? false,
                ["DeprecationWarning"] = version["deprecationWarning"]?.Clone() ?? JsonNull.Instance,
                ["Schema"] = JsonNull.Instance,
                ["Subresources"] = JsonNull.Instance,
                ["AdditionalPrinterColumns"] = JsonNull.Instance,
                ["SelectableFields"] = JsonNull.Instance,
            });
        }
        return shown;
    }

    private JsonValue? Shared(string member) => IsShared(member) && Versions.Count > 0 ? Versions[0][member] : null;

    private bool IsShared(string member) => Versions.All(version => FieldErrors.Same(version[member], Versions[0][member]));
}
