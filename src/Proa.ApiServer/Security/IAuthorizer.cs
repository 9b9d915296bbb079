namespace Proa.ApiServer.Security;

/// <summary>Decides whether a user may do what a request asks. It completes synchronously but where a webhook must be asked. Thread-safe.</summary>
public interface IAuthorizer
{
    ValueTask<Decision> AuthorizeAsync(UserInfo user, RequestInfo request, CancellationToken ct);
}

/// <param name="Reason">Why, for logs and access reviews; of a refusal it is appended to the 403's message when not empty.</param>
public readonly record struct Decision(bool Allowed, string Reason)
{
    /// <summary>Not allowed, and nobody else may allow it.</summary>
    public bool Denied { get; init; }

    /// <summary>What kept an authorizer from telling; empty: nothing.</summary>
    public string Error { get; init; } = "";

    public static readonly Decision Allow = new(true, "");

    public static readonly Decision NoOpinion = new(false, "");
}
