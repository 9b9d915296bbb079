namespace Proa.ApiServer.Aggregation;

/// <summary>The OpenAPI documents of another server, as far as they are about one version of a group. Immutable.</summary>
/// <param name="Url">Of its document of version 3, with its hash; null: it has none.</param>
/// <param name="Second">Of its document of version 2 what is about the version; null: it has none.</param>
/// <param name="Tag">Changes with <see cref="Second"/>; with quotes.</param>
internal sealed record RemoteSchemas(ApiService Service, string? Url, byte[]? Second, string Tag)
{
    /// <summary>The server knows version 3. One that does not is told of in what its version 2 says.</summary>
    public bool HasIndex { get; init; }

    public string Path => $"apis/{Service.GroupVersion}";
}
