using Proa.Api.Json;

namespace Proa.ApiServer.CustomResources;

/// <summary>The versions differ in nothing but their name (strategy <c>None</c>).</summary>
internal sealed class RenamingConverter : ICustomConverter
{
    public static readonly RenamingConverter Instance = new();

    public IReadOnlyList<JsonObject> Convert(IReadOnlyList<JsonObject> objects, string apiVersion)
    {
        foreach (var obj in objects)
        {
            obj["apiVersion"] = apiVersion;
        }
        return objects;
    }
}
