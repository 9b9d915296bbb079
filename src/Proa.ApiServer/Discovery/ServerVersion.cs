namespace Proa.ApiServer.Discovery;

/// <summary>The version that the server tells clients: of the API that it serves, with Proa's own behind the plus sign.</summary>
public static class ServerVersion
{
    public const string Major = "1";
    public const string Minor = "36";
    public const string MinimumCompatible = "1.35";
    public const string Api = "v1.36.2";

    public static readonly string Git = $"{Api}+proa-{typeof(ServerVersion).Assembly.GetName().Version!.ToString(3)}";
}
