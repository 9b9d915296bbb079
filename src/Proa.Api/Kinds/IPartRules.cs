using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds;

/// <summary>A strategy with rules of its own for writes to a part of its objects. Pure.</summary>
public interface IPartRules
{
    /// <param name="subresource">Such as <c>resize</c>.</param>
    IReadOnlyList<FieldError> ValidatePart(JsonObject obj, JsonObject old, string subresource);

    /// <summary>Takes out fields of features that are switched off, unless <paramref name="old"/> has them.</summary>
    void PreparePart(JsonObject obj, JsonObject old)
    {
    }
}
