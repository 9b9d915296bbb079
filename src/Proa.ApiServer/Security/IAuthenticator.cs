using Microsoft.AspNetCore.Http;

namespace Proa.ApiServer.Security;

/// <summary>Finds out who sends a request, impersonation included. Thread-safe.</summary>
public interface IAuthenticator
{
    /// <param name="request">What is asked for: impersonation and anonymous access depend on it.</param>
    ValueTask<AuthenticationResult> AuthenticateAsync(HttpContext context, RequestInfo request, CancellationToken ct);
}

/// <summary>Either a user or the Status that refuses the request (401, or 403 for an impersonation).</summary>
public readonly record struct AuthenticationResult(UserInfo? User, Proa.Api.Models.Meta.Status? Error)
{
    /// <summary>Of an impersonation: who it is that acts as the user.</summary>
    public UserInfo? Impersonator { get; init; }

    /// <summary>Of an impersonation that is allowed for some requests only: the verb that allows it, such as <c>impersonate:user-info</c>; otherwise empty.</summary>
    public string Constraint { get; init; } = "";

    /// <summary>Notes for the audit log; null: none.</summary>
    public IReadOnlyList<KeyValuePair<string, string>>? Notes { get; init; }

    public static implicit operator AuthenticationResult(UserInfo user) => new(user, null);

    public static implicit operator AuthenticationResult(Proa.Api.Models.Meta.Status error) => new(null, error);
}
