using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Networking;

internal sealed class IngressClassStrategy()
    : KindStrategy(new("networking.k8s.io", "v1", "IngressClass"), new(Namespaced: false, HasStatus: false, CountsGeneration: true))
{
    public override void ApplyDefaults(JsonObject obj) => obj.At("spec", "parameters")?.DefaultUnset("scope", "Cluster");

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var controller = obj.Sub("spec").Text("controller");
        if (controller.Length > 250)
        {
            errors.Add(FieldError.TooLong("spec.controller", 250));
        }
        DomainPaths.Check(controller, "spec.controller", errors);
        if (obj.At("spec", "parameters") is not { } parameters)
        {
            return;
        }
        const string At = "spec.parameters";
        References.Check(parameters, At, errors);
        var (scope, ns) = (parameters.String("scope"), parameters.String("namespace"));
        switch (scope)
        {
            case null:
                errors.Required($"{At}.scope");
                break;
            case "Namespace" when ns is null:
                errors.Required($"{At}.namespace", "`parameters.scope` is set to 'Namespace'");
                break;
            case "Namespace":
                errors.Invalid($"{At}.namespace", ns, Names.DnsLabel(ns));
                break;
            case "Cluster":
                if (ns is not null)
                {
                    errors.Forbidden($"{At}.namespace", "`parameters.scope` is set to 'Cluster'");
                }
                break;
            default:
                errors.NotSupported($"{At}.scope", scope, "Cluster", "Namespace");
                break;
        }
    }

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        errors.Immutable("spec.controller", obj.Sub("spec").Text("controller"), old.Sub("spec").Text("controller"));
        Check(obj, errors);
    }
}
