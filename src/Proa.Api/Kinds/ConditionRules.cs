using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds;

/// <summary>The rules of <c>metav1.Condition</c>, where a kind holds its conditions to them.</summary>
internal static class ConditionRules
{
    private const int MaxReason = 1024;
    private const int MaxMessage = 32 * 1024;

    public static void Check(JsonObject owner, string name, string path, FieldErrors errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var condition in owner.Objects(name))
        {
            var at = $"{path}[{i++}]";
            var type = condition.Text("type");
            if (!seen.Add(type))
            {
                errors.Duplicate($"{at}.type", type);
            }
            errors.Invalid($"{at}.type", type, Names.QualifiedName(type));
            if (condition.Text("status") is not ("True" or "False" or "Unknown"))
            {
                errors.NotSupported($"{at}.status", condition["status"], "False", "True", "Unknown");
            }
            if (condition.Int("observedGeneration") is { } generation and < 0)
            {
                errors.Invalid($"{at}.observedGeneration", generation, "must be greater than or equal to zero");
            }
            if (condition.Text("lastTransitionTime").Length == 0)
            {
                errors.Required($"{at}.lastTransitionTime");
            }
            Reason(condition.Text("reason"), $"{at}.reason", errors);
            if (condition.Text("message").Length > MaxMessage)
            {
                errors.Add(FieldError.TooLong($"{at}.message", MaxMessage));
            }
        }
    }

    private static void Reason(string reason, string field, FieldErrors errors)
    {
        if (reason.Length == 0)
        {
            errors.Required(field);
            return;
        }
        if (!HasForm(reason))
        {
            errors.Invalid(field, reason, "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')");
        }
        if (reason.Length > MaxReason)
        {
            errors.Add(FieldError.TooLong(field, MaxReason));
        }
    }

    private static bool HasForm(string reason)
    {
        if (!char.IsAsciiLetter(reason[0]) || reason[^1] is ',' or ':')
        {
            return false;
        }
        foreach (var c in reason)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or ',' or ':'))
            {
                return false;
            }
        }
        return true;
    }
}
