using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Proa.Api.Json;

namespace Proa.Api.Meta;

/// <summary>What is wrong with one field of an object; renders as the original's messages and causes.</summary>
/// <param name="Field">Its path: <c>spec.containers[0].name</c>, <c>metadata.labels</c>, <c>data[a/b]</c>.</param>
/// <param name="BadValue">The offending value; null where the message holds none.</param>
/// <param name="Detail">The rest of the message; empty where the type says it all.</param>
public sealed record FieldError(FieldErrorType Type, string Field, JsonValue? BadValue, string Detail)
{
    private static readonly JsonSerializerOptions s_go = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The <c>reason</c> of the status's cause.</summary>
    public string Reason => Type switch
    {
        FieldErrorType.Required => "FieldValueRequired",
        FieldErrorType.Duplicate => "FieldValueDuplicate",
        FieldErrorType.NotSupported => "FieldValueNotSupported",
        FieldErrorType.Forbidden => "FieldValueForbidden",
        FieldErrorType.TooLong => "FieldValueTooLong",
        FieldErrorType.TooMany => "FieldValueTooMany",
        FieldErrorType.NotFound => "FieldValueNotFound",
        FieldErrorType.TypeInvalid => "FieldValueTypeInvalid",
        FieldErrorType.Internal => "InternalError",
        _ => "FieldValueInvalid",
    };

    /// <summary>The message of the status's cause: without the field.</summary>
    public string Body
    {
        get
        {
            var text = new StringBuilder(Type switch
            {
                FieldErrorType.Required => "Required value",
                FieldErrorType.Duplicate => "Duplicate value",
                FieldErrorType.NotSupported => "Unsupported value",
                FieldErrorType.Forbidden => "Forbidden",
                FieldErrorType.TooLong => "Too long",
                FieldErrorType.TooMany => "Too many",
                FieldErrorType.NotFound => "Not found",
                FieldErrorType.Internal => "Internal error",
                _ => "Invalid value",
            });
            if (BadValue is not null && Type is not (FieldErrorType.Required or FieldErrorType.Forbidden or FieldErrorType.TooLong or FieldErrorType.Internal))
            {
                text.Append(": ").Append(BadValue is JsonString s ? Quote(s.Value) : BadValue.ToString());
            }
            if (Detail.Length > 0)
            {
                text.Append(": ").Append(Detail);
            }
            return text.ToString();
        }
    }

    public static FieldError Required(string field, string detail = "") => new(FieldErrorType.Required, field, null, detail);

    public static FieldError Invalid(string field, JsonValue? value, string detail) => new(FieldErrorType.Invalid, field, value ?? JsonNull.Instance, detail);

    /// <summary>Without the value, where the value is as large as the object.</summary>
    public static FieldError InvalidUnnamed(string field, string detail) => new(FieldErrorType.Invalid, field, null, detail);

    public static FieldError Forbidden(string field, string detail) => new(FieldErrorType.Forbidden, field, null, detail);

    public static FieldError Duplicate(string field, JsonValue value) => new(FieldErrorType.Duplicate, field, value, "");

    public static FieldError NotFound(string field, JsonValue value) => new(FieldErrorType.NotFound, field, value, "");

    public static FieldError NotSupported(string field, JsonValue? value, params ReadOnlySpan<string> supported)
    {
        var quoted = new List<string>();
        foreach (var one in supported)
        {
            quoted.Add(Quote(one));
        }
        return new(FieldErrorType.NotSupported, field, value ?? new JsonString(""), $"supported values: {string.Join(", ", quoted)}");
    }

    public static FieldError Internal(string field, string detail) => new(FieldErrorType.Internal, field, null, detail);
    public static FieldError TooLong(string field, int max) => new(FieldErrorType.TooLong, field, null, $"may not be more than {max} bytes");

    public static FieldError TooMany(string field, int count, int max) => new(FieldErrorType.TooMany, field, count, $"must have at most {max} items");

    /// <summary>What follows <c>Pod "p" is invalid: </c>: one error alone, or several in brackets; equal ones once.</summary>
    public static string Aggregate(IReadOnlyList<FieldError> errors)
    {
        if (errors.Count == 1)
        {
            return errors[0].ToString();
        }
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var texts = new List<string>();
        foreach (var error in errors)
        {
            var text = error.ToString();
            if (seen.Add(text))
            {
                texts.Add(text);
            }
        }
        return texts.Count == 1 ? texts[0] : $"[{string.Join(", ", texts)}]";
    }

    public override string ToString() => $"{Field}: {Body}";

    internal static string Quote(string text) => JsonSerializer.Serialize(text, s_go);
}

public enum FieldErrorType
{
    Invalid,
    Required,
    Duplicate,
    NotSupported,
    Forbidden,
    TooLong,
    TooMany,
    NotFound,
    TypeInvalid,
    Internal,
}
