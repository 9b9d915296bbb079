using Proa.Api.Cel.Values;
using Proa.Api.Json;
using Proa.ApiServer.Security.Reviews;

namespace Proa.ApiServer.Security.Authentication.OpenId;

/// <summary>What an issuer's expressions make of a token's claims. Each that is null is left to a claim's name. Immutable.</summary>
public sealed record ClaimMapping
{
    public static readonly ClaimMapping None = new();

    public ClaimExpression? Username { get; init; }

    public ClaimExpression? Groups { get; init; }

    public ClaimExpression? Uid { get; init; }

    public IReadOnlyList<(string Key, ClaimExpression Value)> Extra { get; init; } = [];

    /// <summary>All must hold of the claims.</summary>
    public IReadOnlyList<ClaimExpression> ClaimRules { get; init; } = [];

    /// <summary>All must hold of the user.</summary>
    public IReadOnlyList<ClaimExpression> UserRules { get; init; } = [];

    internal static string? Text(ClaimExpression expression, JsonObject claims, string what, CancellationToken ct, out string? error)
    {
        var value = expression.Evaluate(claims, ct, out error);
        if (error is null && value.Kind != CelKind.String)
        {
            error = $"{what} claim expression must return a string";
        }
        error = error is null ? null : $"error evaluating {what} claim expression: {error}";
        return error is null ? value.AsString : null;
    }

    /// <summary>A text or a list of texts; null and what is empty count for nothing.</summary>
    internal static List<string> Texts(ClaimExpression expression, JsonObject claims, CancellationToken ct, out string? error)
    {
        const string Wrong = "expression must return a string or a list of strings";
        var value = expression.Evaluate(claims, ct, out error);
        var texts = new List<string>();
        switch (value.Kind)
        {
            case CelKind.Error or CelKind.Null:
                break;
            case CelKind.String:
                texts.Add(value.AsString);
                break;
            case CelKind.List:
                for (var i = 0; i < value.AsList.Count; i++)
                {
                    if (value.AsList[i].Kind != CelKind.String)
                    {
                        error = Wrong;
                        return [];
                    }
                    texts.Add(value.AsList[i].AsString);
                }
                break;
            default:
                error = Wrong;
                break;
        }
        texts.RemoveAll(static text => text.Length == 0);
        return texts;
    }

    /// <returns>What does not hold; null: everything does.</returns>
    internal string? CheckClaims(JsonObject claims, CancellationToken ct) => Check(ClaimRules, claims, "error evaluating claim validation expression: ", ct);

    /// <inheritdoc cref="CheckClaims"/>
    internal string? CheckUser(UserInfo user, CancellationToken ct) =>
        UserRules.Count == 0 ? null : Check(UserRules, UserJson.Whole(user), "error evaluating user info validation rule: ", ct);

    private static string? Check(IReadOnlyList<ClaimExpression> rules, JsonObject value, string prefix, CancellationToken ct)
    {
        foreach (var rule in rules)
        {
            var result = rule.Evaluate(value, ct, out var error);
            if (error is not null)
            {
                return prefix + error;
            }
            if (!result.IsTrue)
            {
                return prefix + (result.Kind == CelKind.Bool ? $"validation expression '{rule.Text}' failed: {rule.Message}" : "validation expression must return a boolean");
            }
        }
        return null;
    }
}
