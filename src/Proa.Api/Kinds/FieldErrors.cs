using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds;

/// <summary>Collects what is wrong with an object, in the order found. For one use.</summary>
public sealed class FieldErrors
{
    private List<FieldError>? _errors;

    public IReadOnlyList<FieldError> All => _errors ?? (IReadOnlyList<FieldError>)[];

    public int Count => _errors?.Count ?? 0;

    /// <summary>Forgets what was found, where one finding stands for all.</summary>
    public void Clear() => _errors = null;

    public void Add(FieldError error) => (_errors ??= []).Add(error);

    public void AddRange(IEnumerable<FieldError> errors)
    {
        foreach (var error in errors)
        {
            Add(error);
        }
    }

    public void Required(string field, string detail = "") => Add(FieldError.Required(field, detail));

    public void Invalid(string field, JsonValue? value, string detail) => Add(FieldError.Invalid(field, value, detail));

    /// <summary>One error for each text: what the checks of <see cref="Names"/> give.</summary>
    public void Invalid(string field, string value, string[] details)
    {
        foreach (var detail in details)
        {
            Add(FieldError.Invalid(field, value, detail));
        }
    }

    public void Forbidden(string field, string detail) => Add(FieldError.Forbidden(field, detail));

    public void Duplicate(string field, JsonValue value) => Add(FieldError.Duplicate(field, value));

    public void NotSupported(string field, JsonValue? value, params ReadOnlySpan<string> supported) => Add(FieldError.NotSupported(field, value, supported));

    /// <summary>A field that is required and must be one of some values; the supported ones are named in the order given.</summary>
    public void OneOf(string field, string? value, params ReadOnlySpan<string> supported)
    {
        if (string.IsNullOrEmpty(value))
        {
            Required(field);
        }
        else if (!supported.Contains(value))
        {
            NotSupported(field, value, supported);
        }
    }

    /// <summary>The same where an empty text is a value, and a wrong one: a pointer in the original.</summary>
    public void OneOfSet(string field, string? value, params ReadOnlySpan<string> supported)
    {
        if (value is null)
        {
            Required(field);
        }
        else if (!supported.Contains(value))
        {
            NotSupported(field, value, supported);
        }
    }

    public void NonNegative(string field, JsonValue? value)
    {
        if (value is JsonNumber number && number.Text.StartsWith('-'))
        {
            Invalid(field, value, "must be greater than or equal to 0");
        }
    }

    public void Positive(string field, JsonValue? value)
    {
        if (value is JsonNumber number && number.ToDouble() <= 0)
        {
            Invalid(field, value, "must be greater than zero");
        }
    }

    /// <summary>A field that may not change once set.</summary>
    public void Immutable(string field, JsonValue? value, JsonValue? old)
    {
        if (!Same(value, old))
        {
            Invalid(field, value, "field is immutable");
        }
    }

    public static bool Same(JsonValue? a, JsonValue? b) => a is null ? b is null : a.DeepEquals(b);
}
