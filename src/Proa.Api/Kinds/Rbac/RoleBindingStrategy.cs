using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Rbac;

/// <summary>RoleBinding and ClusterRoleBinding.</summary>
internal sealed class RoleBindingStrategy(string kind, bool namespaced)
    : KindStrategy(new("rbac.authorization.k8s.io", "v1", kind), new(namespaced, HasStatus: false, CountsGeneration: false))
{
    private const string Group = "rbac.authorization.k8s.io";

    public override bool AllowsCreateOnUpdate => true;

    public override void ApplyDefaults(JsonObject obj)
    {
        obj.EnsureObject("roleRef").Default("apiGroup", Group);
        foreach (var subject in obj.Objects("subjects"))
        {
            if (subject.Text("kind") is "User" or "Group")
            {
                subject.Default("apiGroup", Group);
            }
        }
    }

    protected override string[] NameForm(string name) => Names.PathSegment(name);

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var role = obj.EnsureObject("roleRef");
        if (role.Text("apiGroup") != Group)
        {
            errors.NotSupported("roleRef.apiGroup", role.Text("apiGroup"), Group);
        }
        if (role.Text("kind") is not "ClusterRole" and var roleKind && !(namespaced && roleKind == "Role"))
        {
            errors.NotSupported("roleRef.kind", roleKind, namespaced ? ["Role", "ClusterRole"] : ["ClusterRole"]);
        }
        if (role.Text("name").Length == 0)
        {
            errors.Required("roleRef.name");
        }
        else
        {
            errors.Invalid("roleRef.name", role.Text("name"), Names.PathSegment(role.Text("name")));
        }
        var i = 0;
        foreach (var subject in obj.Objects("subjects"))
        {
            Subject(subject, $"subjects[{i++}]", errors);
        }
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        Check(obj, errors);
        if (!FieldErrors.Same(obj["roleRef"], old["roleRef"]))
        {
            var role = obj.EnsureObject("roleRef");
            var value = new JsonObject { ["APIGroup"] = role.Text("apiGroup"), ["Kind"] = role.Text("kind"), ["Name"] = role.Text("name") };
            errors.Invalid("roleRef", value, "cannot change roleRef");
        }
    }

    private void Subject(JsonObject subject, string at, FieldErrors errors)
    {
        if (subject.Text("name").Length == 0)
        {
            errors.Required($"{at}.name");
        }
        switch (subject.Text("kind"))
        {
            case "ServiceAccount":
                if (subject.Text("name") is { Length: > 0 } name)
                {
                    errors.Invalid($"{at}.name", name, Names.DnsSubdomain(name));
                }
                if (subject.Text("apiGroup").Length > 0)
                {
                    errors.NotSupported($"{at}.apiGroup", subject.Text("apiGroup"), "");
                }
                if (!namespaced && subject.Text("namespace").Length == 0)
                {
                    errors.Required($"{at}.namespace");
                }
                break;
            case "User" or "Group":
                if (subject.Text("apiGroup") != Group)
                {
                    errors.NotSupported($"{at}.apiGroup", subject.Text("apiGroup"), Group);
                }
                break;
            case var other:
                errors.NotSupported($"{at}.kind", other, "ServiceAccount", "User", "Group");
                break;
        }
    }
}
