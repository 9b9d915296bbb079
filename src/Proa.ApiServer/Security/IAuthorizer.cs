namespace Proa.ApiServer.Security;

/// <summary>Decides whether a user may do what a request asks. Pure reads of memory: it completes synchronously. Thread-safe.</summary>
public interface IAuthorizer
{
    ValueTask<Decision> AuthorizeAsync(UserInfo user, RequestInfo request, CancellationToken ct);
}

/// <param name="Reason">Why, for logs and access reviews; of a refusal it is appended to the 403's message when not empty.</param>
public readonly record struct Decision(bool Allowed, string Reason)
{
    public static readonly Decision Allow = new(true, "");

    public static readonly Decision NoOpinion = new(false, "");
}
