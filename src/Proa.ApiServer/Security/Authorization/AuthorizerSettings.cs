namespace Proa.ApiServer.Security.Authorization;

/// <summary>One of an AuthorizationConfiguration's authorizers. Immutable.</summary>
/// <param name="Type"><c>Node</c>, <c>RBAC</c>, <c>ABAC</c>, <c>AlwaysAllow</c>, <c>AlwaysDeny</c> or <c>Webhook</c>.</param>
/// <param name="Webhook">Of a webhook alone.</param>
public sealed record AuthorizerSettings(string Type, string Name, WebhookSettings? Webhook)
{
    /// <summary>Of ABAC alone.</summary>
    public AbacPolicies? Policies { get; init; }
}

/// <summary>Whom a webhook authorizer asks, about what, and what counts when there is no answer. Immutable.</summary>
public sealed record WebhookSettings
{
    public required Proa.Client.Http.KubeConfig Connection { get; init; }

    /// <summary><c>v1</c> or <c>v1beta1</c>.</summary>
    public required string ReviewVersion { get; init; }

    public required TimeSpan Timeout { get; init; }

    /// <summary>For how long a yes is remembered; zero: not.</summary>
    public required TimeSpan AllowedFor { get; init; }

    /// <summary>For how long a no is remembered; zero: not.</summary>
    public required TimeSpan RefusedFor { get; init; }

    /// <summary>Without an answer the request is denied; otherwise the next authorizer is asked.</summary>
    public required bool FailsClosed { get; init; }

    /// <summary>All must hold for it to be asked.</summary>
    public required IReadOnlyList<ReviewCondition> Conditions { get; init; }
}
