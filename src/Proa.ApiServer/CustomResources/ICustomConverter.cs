using Proa.Api.Json;

namespace Proa.ApiServer.CustomResources;

/// <summary>Between the versions of one custom resource. Thread-safe.</summary>
internal interface ICustomConverter
{
    /// <summary>The objects in another version, in their order; may change what it is given.</summary>
    /// <exception cref="ConversionFailedException">They cannot be had in it.</exception>
    IReadOnlyList<JsonObject> Convert(IReadOnlyList<JsonObject> objects, string apiVersion);
}
