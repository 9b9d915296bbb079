using Proa.Api.Json;

namespace Proa.Api.Apply;

/// <summary>How an apply went: the merged object, or the conflicts, or why the configuration cannot be applied.</summary>
/// <param name="Object">With <c>managedFields</c>; equal to the live object when nothing changed.</param>
public sealed record ApplyResult(JsonObject? Object, IReadOnlyList<FieldConflict> Conflicts, ApplyError? Error)
{
    /// <summary>The message of the 409 that reports the conflicts, as the original words it.</summary>
    public string ConflictMessage()
    {
        var groups = Conflicts.GroupBy(conflict => conflict.Message).Select(group => group.Count() == 1
            ? $"{group.Key}: {group.Single().Path}"
            : $"conflicts{group.Key["conflict".Length..]}:{string.Concat(group.Select(conflict => $"\n- {conflict.Path}"))}");
        return $"Apply failed with {Conflicts.Count} conflict{(Conflicts.Count == 1 ? "" : "s")}: {string.Join('\n', groups)}";
    }
}

/// <summary>A configuration that cannot be applied, with the HTTP code that the original answers.</summary>
public sealed record ApplyError(int Code, string Message);

/// <summary>A field that another owns with another value.</summary>
public sealed record FieldConflict(string Path, FieldOwner Owner, bool Applied)
{
    /// <summary>The cause as the original says it, without the field.</summary>
    public string Message => Applied
        ? $"conflict with \"{Owner.Manager}\"{Subresource}"
        : $"conflict with \"{Owner.Manager}\"{Subresource} using {Owner.ApiVersion}";

    private string Subresource => string.IsNullOrEmpty(Owner.Subresource) ? "" : $" with subresource \"{Owner.Subresource}\"";
}
