using Proa.Api.Json;

namespace Proa.ApiServer.Types;

/// <summary>Between a version that requests speak and the one that is stored. Pure; may change what it is given.</summary>
internal interface IVersionConversion
{
    JsonObject ToStored(JsonObject obj);

    JsonObject FromStored(JsonObject obj);
}
