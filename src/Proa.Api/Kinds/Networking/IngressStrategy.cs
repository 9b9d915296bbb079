using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Networking;

internal sealed class IngressStrategy() : KindStrategy(new("networking.k8s.io", "v1", "Ingress"), new(Namespaced: true, HasStatus: true, CountsGeneration: true))
{
    private const string ClassAnnotation = "kubernetes.io/ingress.class";

    private static readonly string[] s_badSequences = ["//", "/./", "/../", "%2f", "%2F"];
    private static readonly string[] s_badSuffixes = ["/..", "/."];

    public override IReadOnlyList<string> Warnings(JsonObject obj, JsonObject? old) =>
        old is null && obj.Sub("metadata", "annotations").ContainsKey("kubernetes.io/ingress.class") && !obj.Sub("spec").ContainsKey("ingressClassName")
            ? ["annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead"]
            : [];

    protected override void Check(JsonObject obj, FieldErrors errors) => CheckSpec(obj, isUpdate: false, errors);

    protected override void CheckUpdate(JsonObject obj, JsonObject old, FieldErrors errors) => CheckSpec(obj, isUpdate: true, errors);

    private static void CheckSpec(JsonObject obj, bool isUpdate, FieldErrors errors)
    {
        var spec = obj.Object("spec") ?? new JsonObject();
        if (spec.Array("rules") is not { Count: > 0 } && !spec.ContainsKey("defaultBackend"))
        {
            errors.Invalid("spec", (JsonValue?)spec.Array("rules") ?? JsonNull.Instance, "either `defaultBackend` or `rules` must be specified");
        }
        if (spec.Object("defaultBackend") is { } backend)
        {
            Backend(backend, "spec.defaultBackend", errors);
        }
        var i = 0;
        foreach (var rule in spec.Objects("rules"))
        {
            Rule(rule, $"spec.rules[{i++}]", errors);
        }
        Tls(spec, errors);
        if (spec.String("ingressClassName") is { } name)
        {
            errors.Invalid("spec.ingressClassName", name, Names.DnsSubdomain(name));
            if (!isUpdate && obj.Sub("metadata", "annotations").String(ClassAnnotation) is { } annotation && annotation != name)
            {
                errors.Invalid($"annotations.{ClassAnnotation}", annotation, "must match `ingressClassName` when both are specified");
            }
        }
    }

    protected override void CheckStatusUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        var i = 0;
        foreach (var ingress in obj.Sub("status", "loadBalancer").Objects("ingress"))
        {
            var at = $"status.loadBalancer.ingress[{i++}]";
            if (ingress.Text("ip") is { Length: > 0 } ip)
            {
                Addresses.Check(ip, $"{at}.ip", errors);
            }
            if (ingress.Text("hostname") is { Length: > 0 } host)
            {
                errors.Invalid($"{at}.hostname", host, Names.DnsSubdomain(host));
                if (Addresses.TryParse(host, out _))
                {
                    errors.Invalid($"{at}.hostname", host, "must be a DNS name, not an IP address");
                }
            }
        }
    }

    private static void Tls(JsonObject spec, FieldErrors errors)
    {
        var i = 0;
        foreach (var tls in spec.Objects("tls"))
        {
            var at = $"spec.tls[{i++}]";
            var h = 0;
            foreach (var item in tls.Array("hosts") ?? [])
            {
                var host = (item as JsonString)?.Value ?? "";
                errors.Invalid($"{at}.hosts[{h++}]", host, host.Contains('*') ? Names.WildcardDnsSubdomain(host) : Names.DnsSubdomain(host));
            }
            if (tls.Text("secretName") is { Length: > 0 } secret)
            {
                errors.Invalid($"{at}.secretName", secret, Names.DnsSubdomain(secret));
            }
        }
    }

    private static void Rule(JsonObject rule, string at, FieldErrors errors)
    {
        if (rule.Text("host") is { Length: > 0 } host)
        {
            if (Addresses.TryParse(host, out _))
            {
                errors.Invalid($"{at}.host", host, "must be a DNS name, not an IP address");
            }
            errors.Invalid($"{at}.host", host, host.Contains('*') ? Names.WildcardDnsSubdomain(host) : Names.DnsSubdomain(host));
        }
        if (rule.Object("http") is not { } http)
        {
            return;
        }
        if (http.Array("paths") is not { Count: > 0 })
        {
            errors.Required($"{at}.http.paths");
        }
        var i = 0;
        foreach (var path in http.Objects("paths"))
        {
            var here = $"{at}.http.paths[{i++}]";
            if (path.String("pathType") is null)
            {
                errors.Required($"{here}.pathType", "pathType must be specified");
                continue;
            }
            switch (path.Text("pathType"))
            {
                case "Exact" or "Prefix":
                    Path(path.Text("path"), $"{here}.path", errors);
                    break;
                case "ImplementationSpecific":
                    if (path.Text("path") is { Length: > 0 } given && !given.StartsWith('/'))
                    {
                        errors.Invalid($"{here}.path", given, "must be an absolute path");
                    }
                    break;
                case var type:
                    errors.NotSupported($"{here}.pathType", type, "Exact", "ImplementationSpecific", "Prefix");
                    break;
            }
            Backend(path.Object("backend") ?? new JsonObject(), $"{here}.backend", errors);
        }
    }

    private static void Backend(JsonObject backend, string at, FieldErrors errors)
    {
        var service = backend.Object("service");
        var resource = backend.Object("resource");
        if (service is not null && resource is not null)
        {
            errors.Invalid(at, "", "cannot set both resource and service backends");
        }
        else if (service is null && resource is null)
        {
            errors.Invalid(at, "", "resource or service backend is required");
        }
        else if (resource is not null)
        {
            References.Check(resource, $"{at}.resource", errors);
        }
        else
        {
            Service(service!, at, errors);
        }
    }

    private static void Service(JsonObject service, string at, FieldErrors errors)
    {
        if (service.Text("name") is { Length: > 0 } name)
        {
            errors.Invalid($"{at}.service.name", name, Names.DnsLabel(name));
        }
        else
        {
            errors.Required($"{at}.service.name");
        }
        var port = service.Sub("port");
        var (portName, number) = (port.Text("name"), port.Int("number") ?? 0);
        if (portName.Length > 0 && number != 0)
        {
            errors.Invalid(at, "", "cannot set both port name & port number");
        }
        else if (portName.Length > 0)
        {
            errors.Invalid($"{at}.service.port.name", portName, Names.PortName(portName));
        }
        else if (number is < 0 or > 65535)
        {
            errors.Invalid($"{at}.service.port.number", number, Names.InRange(1, 65535));
        }
        else if (number == 0)
        {
            errors.Required(at, "port name or number is required");
        }
    }

    private static void Path(string path, string at, FieldErrors errors)
    {
        if (!path.StartsWith('/'))
        {
            errors.Invalid(at, path, "must be an absolute path");
        }
        foreach (var bad in s_badSequences)
        {
            if (path.Contains(bad, StringComparison.Ordinal))
            {
                errors.Invalid(at, path, $"must not contain '{bad}'");
            }
        }
        foreach (var bad in s_badSuffixes)
        {
            if (path.EndsWith(bad, StringComparison.Ordinal))
            {
                errors.Invalid(at, path, $"cannot end with '{bad}'");
            }
        }
    }
}
