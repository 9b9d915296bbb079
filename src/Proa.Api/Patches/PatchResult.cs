using System.Diagnostics.CodeAnalysis;
using Proa.Api.Json;

namespace Proa.Api.Patches;

/// <summary>The patched object, or why the patch cannot be applied.</summary>
public readonly record struct PatchResult(JsonObject? Object, PatchError? Error)
{
    [MemberNotNullWhen(true, nameof(Object))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool Ok => Error is null;

    public static implicit operator PatchResult(JsonObject patched) => new(patched, null);

    public static implicit operator PatchResult(PatchError error) => new(null, error);
}

/// <summary>Why a patch cannot be applied.</summary>
/// <param name="Code">The answer's HTTP status: 400 malformed, 413 too many operations, 422 does not fit the object, 500 as the original.</param>
/// <param name="Message">What is wrong. The original's answer to 422 hides it: "the server rejected our request due to an error in our request".</param>
public sealed record PatchError(int Code, string Message)
{
    internal static PatchError Malformed(string message) => new(400, message);

    /// <summary>What the original calls this kind of JSON in its messages.</summary>
    public static string KindOf(JsonValue value) => value switch
    {
        JsonArray => "array",
        JsonObject => "object",
        JsonNumber => "number",
        JsonString => "string",
        JsonBool => "bool",
        _ => "null",
    };

    internal static PatchError DoesNotFit(string message) => new(422, message);
}
