using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Storage;

/// <summary>Parameters that a class hands to a storage driver.</summary>
internal static class ParameterRules
{
    private const int Most = 512;
    private const int MostBytes = 256 * 1024;

    public static void Check(JsonObject obj, bool needed, FieldErrors errors)
    {
        var parameters = obj.Sub("parameters");
        if (parameters.Count > Most)
        {
            errors.Add(FieldError.TooLong("parameters", Most));
            return;
        }
        var size = 0;
        foreach (var (key, value) in parameters)
        {
            if (key.Length == 0)
            {
                errors.Invalid("parameters", key, "field can not be empty.");
            }
            size += key.Length + ((value as JsonString)?.Value.Length ?? 0);
        }
        if (size > MostBytes)
        {
            errors.Add(FieldError.TooLong("parameters", MostBytes));
        }
        if (needed && parameters.Count == 0)
        {
            errors.Required("parameters", "must contain at least one key/value pair");
        }
    }
}
