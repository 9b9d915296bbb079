namespace Proa.ApiServer.Proxying;

/// <summary>What a proxy request names: <c>name</c>, <c>name:port</c> or <c>scheme:name:port</c>.</summary>
internal readonly record struct ProxyName(string Scheme, string Name, string Port)
{
    /// <summary>Null: it is none.</summary>
    public static ProxyName? Parse(string id)
    {
        var parts = id.Split(':');
        ProxyName? name = parts.Length switch
        {
            1 => new("", parts[0], ""),
            2 => new("", parts[0], parts[1]),
            3 => new(parts[0], parts[1], parts[2]),
            _ => null,
        };
        return name is { Name.Length: > 0, Scheme: "" or "http" or "https" } ? name : null;
    }
}
