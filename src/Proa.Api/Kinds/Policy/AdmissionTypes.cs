using System.Diagnostics.CodeAnalysis;
using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Libraries;

namespace Proa.Api.Kinds.Policy;

/// <summary>The types of what admission's expressions may name.</summary>
public static class AdmissionTypes
{
    private static readonly CelType s_texts = CelType.ListOf(CelType.String);
    private static readonly CelType s_textMap = CelType.MapOf(CelType.String, CelType.String);

    private static readonly CelType s_kind = Struct("GroupVersionKind", ("group", CelType.String), ("version", CelType.String), ("kind", CelType.String));

    private static readonly CelType s_resource = Struct("GroupVersionResource", ("group", CelType.String), ("version", CelType.String), ("resource", CelType.String));

    /// <summary>Who makes a request.</summary>
    public static readonly CelType User = Struct("UserInfo",
        ("username", CelType.String), ("uid", CelType.String), ("groups", s_texts), ("extra", CelType.MapOf(CelType.String, s_texts)));

    private static readonly CelType s_request = Struct("AdmissionRequest",
        ("kind", s_kind), ("resource", s_resource), ("subResource", CelType.String), ("requestKind", s_kind), ("requestResource", s_resource),
        ("requestSubResource", CelType.String), ("name", CelType.String), ("namespace", CelType.String), ("operation", CelType.String),
        ("userInfo", User), ("dryRun", CelType.Bool), ("options", CelType.Dyn));

    private static readonly CelType s_namespaceMetadata = Struct("NamespaceMetadata",
        ("name", CelType.String), ("generateName", CelType.String), ("namespace", CelType.String), ("labels", s_textMap), ("annotations", s_textMap),
        ("UID", CelType.String), ("creationTimestamp", CelType.Timestamp), ("deletionGracePeriodSeconds", CelType.Int),
        ("deletionTimestamp", CelType.Timestamp), ("generation", CelType.Int), ("resourceVersion", CelType.String), ("finalizers", s_texts));

    private static readonly CelType s_namespaceCondition = Struct("NamespaceCondition",
        ("status", CelType.String), ("type", CelType.String), ("lastTransitionTime", CelType.Timestamp), ("message", CelType.String), ("reason", CelType.String));

    private static readonly CelType s_namespace = Struct("Namespace",
        ("metadata", s_namespaceMetadata),
        ("spec", Struct("NamespaceSpec", ("finalizers", s_texts))),
        ("status", Struct("NamespaceStatus", ("conditions", CelType.ListOf(s_namespaceCondition)), ("phase", CelType.String))));

    private static readonly Lazy<CelEnvironment> s_plain = new(static () => CelEnvironment.Standard
        .With("object", CelType.Dyn).With("oldObject", CelType.Dyn).With("request", s_request).With("namespaceObject", s_namespace));

    private static readonly Lazy<CelEnvironment> s_authorizing = new(static () => s_plain.Value
        .With("authorizer", AuthorizerLibrary.Authorizer).With("authorizer.requestResource", AuthorizerLibrary.ResourceCheck));

    /// <summary>The variables of a request.</summary>
    public static CelEnvironment Environment(bool authorizer, bool parameters)
    {
        var environment = authorizer ? s_authorizing.Value : s_plain.Value;
        return parameters ? environment.With("params", CelType.Dyn) : environment;
    }

    /// <summary>An object of known fields; its name is below <c>kubernetes.</c>.</summary>
    public static CelType Struct(string name, params ReadOnlySpan<(string Name, CelType Type)> fields)
    {
        var members = new Dictionary<string, CelType>(StringComparer.Ordinal);
        foreach (var (field, type) in fields)
        {
            members[field] = type;
        }
        return CelType.StructOf("kubernetes." + name, new FixedFields(members));
    }
}

/// <summary>Fields that are known beforehand, or added one by one while nobody else has them.</summary>
public sealed class FixedFields(Dictionary<string, CelType> members) : ICelFields
{
    public bool TryGet(string name, [NotNullWhen(true)] out CelType? type) => members.TryGetValue(name, out type);

    public void Add(string name, CelType type) => members[name] = type;
}
