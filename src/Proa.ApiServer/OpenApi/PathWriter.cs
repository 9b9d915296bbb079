using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.OpenApi;

/// <summary>
/// The paths of a type and its subresources, with the names, parameters and forms that clients and their generators look for.
/// </summary>
internal sealed class PathWriter(OpenApiDialect dialect, SchemaWriter schemas)
{
    private static readonly string[] s_listing =
    [
        "allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "pretty", "resourceVersion", "resourceVersionMatch", "sendInitialEvents",
        "shardSelector", "timeoutSeconds", "watch",
    ];

    private static readonly string[] s_deleting =
        ["dryRun", "gracePeriodSeconds", "ignoreStoreReadErrorWithClusterBreakingPotential", "orphanDependents", "pretty", "propagationPolicy"];

    private static readonly string[] s_writing = ["dryRun", "fieldManager", "fieldValidation", "pretty"];
    private static readonly string[] s_forms = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];
    private static readonly string[] s_customForms = ["application/json", "application/yaml"];
    private static readonly string[] s_streams =
    [
        "application/json", "application/yaml", "application/vnd.kubernetes.protobuf", "application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch",
    ];

    private static readonly string[] s_customPatches = ["application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml"];
    private static readonly string[] s_patches = [.. s_customPatches, "application/strategic-merge-patch+json"];
    private readonly OperationWriter _writer = new(dialect);

    /// <param name="kind">A reference to the type's schema; null when it has none.</param>
    public void Add(JsonObject paths, ServedType type, JsonObject? kind, JsonObject? list)
    {
        var root = Root(type.Group, type.Version);
        var scope = new Scope(type, OperationNames.Group(type.Group) + OperationNames.Upper(type.Version), $"{OperationNames.Tag(type.Group)}_{type.Version}");
        var collection = (type.Namespaced ? "/namespaces/{namespace}/" : "/") + type.Plural;
        List<ApiOperation?> onAll = [Listing(scope, list, ""), Creating(scope, type.Verbs, kind, type.Info.Gvk, ""), DeletingAll(scope)];
        _writer.Put(paths, root + collection, [.. onAll.OfType<ApiOperation>()]);
        if (type.Namespaced && Listing(scope with { Namespaced = "" }, list, "ForAllNamespaces") is { } everywhere)
        {
            _writer.Put(paths, $"{root}/{type.Plural}", [everywhere]);
        }
        List<ApiOperation?> onOne =
        [
            Reading(scope, type.Verbs, kind, type.Info.Gvk, ""), Replacing(scope, type.Verbs, kind, type.Info.Gvk, ""), Deleting(scope, kind),
            Patching(scope, type.Verbs, kind, type.Info.Gvk, ""),
        ];
        _writer.Put(paths, $"{root}{collection}/{{name}}", [.. onOne.OfType<ApiOperation>()]);
        foreach (var subresource in type.Subresources)
        {
            Subresource(paths, $"{root}{collection}/{{name}}/{subresource.Name}", scope, subresource, kind);
        }
        if (type.Custom is null && type.Verbs.Contains("watch"))
        {
            _writer.Put(paths, $"{root}/watch{collection}", [Watching(scope, "watchlist", "List")]);
            _writer.Put(paths, $"{root}/watch{collection}/{{name}}", [Watching(scope, "watch", "")]);
            if (type.Namespaced)
            {
                _writer.Put(paths, $"{root}/watch/{type.Plural}", [Watching(scope with { Namespaced = "" }, "watchlist", "ListForAllNamespaces")]);
            }
        }
    }

    /// <summary>The path that lists what a version of a group has.</summary>
    public void AddResources(JsonObject paths, string group, string version) => Document(
        paths, Root(group, version) + "/", $"get{OperationNames.Group(group)}{OperationNames.Upper(version)}APIResources", $"{OperationNames.Tag(group)}_{version}", "meta.v1.APIResourceList");

    /// <summary>The path that lists the versions of a group.</summary>
    public void AddGroup(JsonObject paths, string group) => Document(
        paths, $"/apis/{group}/", $"get{OperationNames.Group(group)}APIGroup", OperationNames.Tag(group), "meta.v1.APIGroup");

    /// <summary>One of the paths that are of no group, without slashes at its ends.</summary>
    public void AddRoot(JsonObject paths, string path)
    {
        switch (path)
        {
            case "api":
                Document(paths, "/api/", "getCoreAPIVersions", "core", "meta.v1.APIVersions");
                break;
            case "apis":
                Document(paths, "/apis/", "getAPIVersions", "apis", "meta.v1.APIGroupList");
                break;
            case "version":
                Plain(paths, path, "getCodeVersion", "version", ["application/json"], schemas.Version());
                break;
            case ".well-known/openid-configuration":
                Plain(paths, path, "getServiceAccountIssuerOpenIDConfiguration", "WellKnown", ["application/json"], Text);
                break;
            case "openid/v1/jwks":
                Plain(paths, path, "getServiceAccountIssuerOpenIDKeyset", "openid", ["application/jwk-set+json"], Text);
                break;
        }
    }

    private static JsonObject Text => new() { ["type"] = "string" };

    private static JsonObject Any => new() { ["type"] = "object" };

    private static string Root(string group, string version) => group.Length == 0 ? $"/api/{version}" : $"/apis/{group}/{version}";

    private void Document(JsonObject paths, string path, string id, string tag, string answer) =>
        _writer.Put(paths, path, [new("get", id, tag) { Answer = schemas.Reference(answer), Consumes = s_forms }]);

    private void Plain(JsonObject paths, string path, string id, string tag, string[] produces, JsonObject answer) =>
        _writer.Put(paths, $"/{path}/", [new("get", id, tag) { Answer = answer, Produces = produces, Consumes = ["application/json"] }]);

    private void Subresource(JsonObject paths, string path, Scope scope, ServedSubresource subresource, JsonObject? own)
    {
        var suffix = OperationNames.Upper(subresource.Name);
        if (scope.Type.Group.Length == 0 && subresource.Name is ("exec" or "attach" or "portforward" or "proxy"))
        {
            Connecting(paths, path, scope, subresource, suffix);
            return;
        }
        if (subresource.Name == "log")
        {
            _writer.Put(paths, path,
            [
                scope.Operation("get", "read", suffix, "get", scope.Type.Info.Gvk) with
                {
                    Query =
                    [
                        "container", "follow", "insecureSkipTLSVerifyBackend", "limitBytes", "pretty", "previous", "sinceSeconds", "stream", "tailLines", "timestamps",
                    ],
                    Produces = ["text/plain", .. s_forms],
                    Answer = Text,
                },
            ]);
            return;
        }
        var kind = subresource.Kind == scope.Type.Info.Gvk ? own : schemas.Reference(subresource.Kind);
        List<ApiOperation?> operations =
        [
            Reading(scope, subresource.Verbs, kind, subresource.Kind, suffix), Creating(scope, subresource.Verbs, kind, subresource.Kind, suffix),
            Replacing(scope, subresource.Verbs, kind, subresource.Kind, suffix), Patching(scope, subresource.Verbs, kind, subresource.Kind, suffix),
        ];
        _writer.Put(paths, path, [.. operations.OfType<ApiOperation>()]);
    }

    private void Connecting(JsonObject paths, string path, Scope scope, ServedSubresource subresource, string suffix)
    {
        string[] methods = subresource.Name == "proxy" ? ["get", "put", "post", "delete", "options", "head", "patch"] : ["get", "post"];
        string[] query = subresource.Name switch
        {
            "exec" => ["command", "container", "stderr", "stdin", "stdout", "tty"],
            "attach" => ["container", "stderr", "stdin", "stdout", "tty"],
            "portforward" => ["ports"],
            _ => ["path"],
        };
        Put(path, suffix);
        if (subresource.Name == "proxy")
        {
            Put(path + "/{path}", suffix + "WithPath");
        }

        void Put(string at, string name) => _writer.Put(paths, at,
        [
            .. methods.Select(method => new ApiOperation(method, $"connect{scope.Prefix}{OperationNames.Upper(method)}{scope.Namespaced}{scope.Type.Kind}{name}", scope.Tag)
            {
                Action = "connect", Kind = subresource.Kind, Query = query, Produces = ["*/*"], Answer = Text,
            }),
        ]);
    }

    private static ApiOperation? Listing(Scope scope, JsonObject? list, string suffix) => !scope.Type.Verbs.Contains("list") ? null
        : scope.Operation("get", "list", suffix, "list", scope.Type.Info.Gvk) with
        {
            Query = s_listing,
            Answer = list ?? Any,
            Produces = scope.IsCustom ? s_customForms : s_streams,
        };

    private ApiOperation Watching(Scope scope, string action, string suffix) => scope.Operation("get", "watch", suffix, action, scope.Type.Info.Gvk) with
    {
        Query = s_listing,
        Answer = schemas.Reference("meta.v1.WatchEvent"),
        Produces = s_streams,
    };

    private static ApiOperation? Reading(Scope scope, IReadOnlyList<string> verbs, JsonObject? schema, GroupVersionKind kind, string suffix) => !verbs.Contains("get") ? null
        : scope.Operation("get", "read", suffix, "get", kind) with { Query = scope.IsCustom ? ["pretty", "resourceVersion"] : ["pretty"], Answer = schema ?? Any };

    private static ApiOperation? Creating(Scope scope, IReadOnlyList<string> verbs, JsonObject? schema, GroupVersionKind kind, string suffix) => !verbs.Contains("create") ? null
        : scope.Operation("post", "create", suffix, "post", kind) with { Query = s_writing, Body = schema ?? Any, Answer = schema ?? Any, Codes = [200, 201, 202] };

    private static ApiOperation? Replacing(Scope scope, IReadOnlyList<string> verbs, JsonObject? schema, GroupVersionKind kind, string suffix) => !verbs.Contains("update") ? null
        : scope.Operation("put", "replace", suffix, "put", kind) with { Query = s_writing, Body = schema ?? Any, Answer = schema ?? Any, Codes = [200, 201] };

    private ApiOperation? Patching(Scope scope, IReadOnlyList<string> verbs, JsonObject? schema, GroupVersionKind kind, string suffix) => !verbs.Contains("patch") ? null
        : scope.Operation("patch", "patch", suffix, "patch", kind) with
        {
            Query = [.. s_writing, "force"],
            Body = schemas.Reference("meta.v1.Patch"),
            Answer = schema ?? Any,
            Codes = scope.IsCustom ? [200] : [200, 201],
            Consumes = scope.IsCustom ? s_customPatches : s_patches,
        };

    private ApiOperation? DeletingAll(Scope scope)
    {
        if (!scope.Type.Verbs.Contains("deletecollection"))
        {
            return null;
        }
        var operation = scope with { Namespaced = "Collection" + scope.Namespaced };
        return operation.Operation("delete", "delete", "", "deletecollection", scope.Type.Info.Gvk) with
        {
            Query = scope.IsCustom ? s_listing : [.. s_deleting.Union(s_listing.Except(["allowWatchBookmarks", "watch"]))],
            Body = scope.IsCustom ? null : schemas.Reference("meta.v1.DeleteOptions"),
            BodyRequired = false,
            Answer = schemas.Reference("meta.v1.Status"),
        };
    }

    private ApiOperation? Deleting(Scope scope, JsonObject? kind) => !scope.Type.Verbs.Contains("delete") ? null
        : scope.Operation("delete", "delete", "", "delete", scope.Type.Info.Gvk) with
        {
            Query = s_deleting,
            Body = schemas.Reference("meta.v1.DeleteOptions"),
            BodyRequired = false,
            Codes = [200, 202],
            Answer = ReturnsDeleted(scope) ? kind ?? Any : schemas.Reference("meta.v1.Status"),
        };

    // What is answered when these are deleted is the object.
    private static bool ReturnsDeleted(Scope scope) => !scope.IsCustom && scope.Type.Kind is ("Pod" or "Service" or "ServiceAccount" or "ResourceQuota" or "PodTemplate"
        or "PersistentVolume" or "PersistentVolumeClaim" or "StorageClass" or "CSIDriver" or "CSINode" or "VolumeAttachment" or "VolumeAttributesClass"
        or "ResourceClaim" or "ResourceClaimTemplate" or "ResourceSlice" or "DeviceClass");

    /// <param name="Prefix">Such as <c>AppsV1</c>.</param>
    private sealed record Scope(ServedType Type, string Prefix, string Tag)
    {
        public string Namespaced { get; init; } = Type.Namespaced ? "Namespaced" : "";

        public bool IsCustom => Type.Custom is not null;

        public ApiOperation Operation(string method, string verb, string suffix, string action, GroupVersionKind kind) =>
            new(method, $"{verb}{Prefix}{Namespaced}{Type.Kind}{suffix}", Tag)
            {
                Action = action,
                Kind = kind,
                Answer = Any,
                Produces = IsCustom ? s_customForms : s_forms,
                Consumes = IsCustom && method is ("post" or "put") ? s_customForms : ["*/*"],
            };
    }
}
