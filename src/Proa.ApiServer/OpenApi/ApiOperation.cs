using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.ApiServer.OpenApi;

/// <summary>What one method does on one path, in terms of neither version of OpenAPI.</summary>
internal sealed record ApiOperation(string Method, string Id, string Tag)
{
    private static readonly string[] s_answers = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

    /// <summary>Such as <c>list</c>; empty: it is of no kind.</summary>
    public string Action { get; init; } = "";

    public GroupVersionKind? Kind { get; init; }

    /// <summary>Names of query parameters.</summary>
    public IReadOnlyList<string> Query { get; init; } = [];

    /// <summary>A schema of what is sent; null: nothing is.</summary>
    public JsonObject? Body { get; init; }

    public bool BodyRequired { get; init; } = true;

    public IReadOnlyList<string> Consumes { get; init; } = ["*/*"];

    public IReadOnlyList<string> Produces { get; init; } = s_answers;

    /// <summary>A schema of what is answered.</summary>
    public required JsonObject Answer { get; init; }

    public IReadOnlyList<int> Codes { get; init; } = [200];
}
