using Proa.Api.Cel.Checking;
using Proa.Api.Cel.Values;
using Proa.Api.Meta;

namespace Proa.Api.Cel.Libraries;

/// <summary>Questions about what a user may do: <c>authorizer.group('apps').resource('deployments').check('create').allowed()</c>.</summary>
public static class AuthorizerLibrary
{
    public static readonly CelType Authorizer = CelType.OpaqueNamed("kubernetes.authorization.Authorizer");
    public static readonly CelType PathCheck = CelType.OpaqueNamed("kubernetes.authorization.PathCheck");
    public static readonly CelType GroupCheck = CelType.OpaqueNamed("kubernetes.authorization.GroupCheck");
    public static readonly CelType ResourceCheck = CelType.OpaqueNamed("kubernetes.authorization.ResourceCheck");
    public static readonly CelType Decision = CelType.OpaqueNamed("kubernetes.authorization.Decision");

    /// <summary>The value of the variable <c>authorizer</c>.</summary>
    public static CelValue ForUser(ICelAuthorizer authorizer) => CelValue.Of(new AccessCheck(Authorizer, authorizer, new AccessQuestion()));

    /// <summary>The value of the variable <c>authorizer.requestResource</c>.</summary>
    public static CelValue ForResource(ICelAuthorizer authorizer, AccessQuestion resource) => CelValue.Of(new AccessCheck(ResourceCheck, authorizer, resource));

    internal static void AddTo(FunctionList f)
    {
        Step(f, "path", "authorizer_path", Authorizer, PathCheck, static (q, text) => text.Trim().Length == 0 ? null : q with { Path = text }, "path must not be empty");
        Step(f, "group", "authorizer_group", Authorizer, GroupCheck, static (q, text) => q with { Group = text });
        Step(f, "resource", "groupcheck_resource", GroupCheck, ResourceCheck, static (q, text) => text.Trim().Length == 0 ? null : q with { Resource = text }, "resource must not be empty");
        Step(f, "subresource", "resourcecheck_subresource", ResourceCheck, ResourceCheck, static (q, text) => q with { Subresource = text });
        Step(f, "namespace", "resourcecheck_namespace", ResourceCheck, ResourceCheck, static (q, text) => q with { Namespace = text });
        Step(f, "name", "resourcecheck_name", ResourceCheck, ResourceCheck, static (q, text) => q with { Name = text });
        Step(f, "fieldSelector", "authorizer_fieldselector", ResourceCheck, ResourceCheck, static (q, text) => q with { FieldSelector = text });
        Step(f, "labelSelector", "authorizer_labelselector", ResourceCheck, ResourceCheck, static (q, text) => q with { LabelSelector = text });
        f.Member("serviceAccount", "authorizer_serviceaccount", [Authorizer, CelType.String, CelType.String], Authorizer, static a =>
        {
            var (space, name) = (a[1].AsString, a[2].AsString);
            if (Names.DnsSubdomain(name).Length > 0)
            {
                return CelValue.Error("Invalid service account name");
            }
            return Names.DnsLabel(space).Length > 0
                ? CelValue.Error("Invalid service account namespace")
                : CelValue.Of(Get(a[0]).With(Authorizer, Get(a[0]).Question with { ServiceAccount = (space, name) }));
        });
        f.Member("check", "pathcheck_check", [PathCheck, CelType.String], Decision, Check);
        f.Member("check", "resourcecheck_check", [ResourceCheck, CelType.String], Decision, Check);
        f.Member("allowed", "decision_allowed", [Decision], CelType.Bool, static a => CelValue.Of(Answer(a[0]).Allowed));
        f.Member("reason", "decision_reason", [Decision], CelType.String, static a => CelValue.Of(Answer(a[0]).Reason));
        f.Member("errored", "decision_errored", [Decision], CelType.Bool, static a => CelValue.Of(Answer(a[0]).Error.Length > 0));
        f.Member("error", "decision_error", [Decision], CelType.String, static a => CelValue.Of(Answer(a[0]).Error));
    }

    private static void Step(FunctionList f, string name, string id, CelType from, CelType to, Func<AccessQuestion, string, AccessQuestion?> step, string error = "") =>
        f.Member(name, id, [from, CelType.String], to, a => step(Get(a[0]).Question, a[1].AsString) is { } next ? CelValue.Of(Get(a[0]).With(to, next)) : CelValue.Error(error));

    private static CelValue Check(ReadOnlySpan<CelValue> a) =>
        CelValue.Of(new AccessDecision(Get(a[0]).Authority.Check(Get(a[0]).Question with { Verb = a[1].AsString })));

    private static AccessCheck Get(in CelValue value) => (AccessCheck)value.AsOpaque;

    private static AccessAnswer Answer(in CelValue value) => ((AccessDecision)value.AsOpaque).Answer;

    private sealed class AccessCheck(CelType type, ICelAuthorizer authority, AccessQuestion question) : CelOpaque
    {
        public ICelAuthorizer Authority => authority;

        public AccessQuestion Question => question;

        public override CelType Type => type;

        public AccessCheck With(CelType next, AccessQuestion changed) => new(next, authority, changed);
    }

    private sealed class AccessDecision(AccessAnswer answer) : CelOpaque
    {
        public AccessAnswer Answer => answer;

        public override CelType Type => Decision;
    }
}

/// <summary>Answers for one user.</summary>
public interface ICelAuthorizer
{
    AccessAnswer Check(AccessQuestion question);
}

/// <summary>What is asked for. <see cref="Path"/> not null: a path, else a resource.</summary>
public sealed record AccessQuestion
{
    public string? Path { get; init; }

    public string Verb { get; init; } = "";

    public string Group { get; init; } = "";

    public string Resource { get; init; } = "";

    public string Subresource { get; init; } = "";

    public string Namespace { get; init; } = "";

    public string Name { get; init; } = "";

    public string FieldSelector { get; init; } = "";

    public string LabelSelector { get; init; } = "";

    /// <summary>Not null: asked for this service account, not for the user.</summary>
    public (string Namespace, string Name)? ServiceAccount { get; init; }
}

/// <param name="Error">Empty: it could be decided.</param>
public sealed record AccessAnswer(bool Allowed, string Reason, string Error = "");
