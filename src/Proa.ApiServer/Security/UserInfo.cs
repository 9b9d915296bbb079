namespace Proa.ApiServer.Security;

/// <summary>Who makes a request, as authentication found it. Immutable.</summary>
public sealed record UserInfo(string Name, IReadOnlyList<string> Groups)
{
    public const string AdministratorsGroup = "system:masters";
    public const string AuthenticatedGroup = "system:authenticated";
    public const string UnauthenticatedGroup = "system:unauthenticated";

    public static readonly UserInfo Anonymous = new("system:anonymous", [UnauthenticatedGroup]);

    public string Uid { get; init; } = "";

    public IReadOnlyDictionary<string, IReadOnlyList<string>> Extra { get; init; } =
        System.Collections.Immutable.ImmutableDictionary<string, IReadOnlyList<string>>.Empty;

    public bool InGroup(string group)
    {
        foreach (var mine in Groups)
        {
            if (mine == group)
            {
                return true;
            }
        }
        return false;
    }
}
