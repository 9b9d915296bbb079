using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Networking;

internal sealed class IngressStrategy() : KindStrategy(new("networking.k8s.io", "v1", "Ingress"), new(Namespaced: true, HasStatus: true, CountsGeneration: true))
{
    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var spec = obj.Object("spec") ?? new JsonObject();
        if (spec.Array("rules") is not { Count: > 0 } && !spec.ContainsKey("defaultBackend"))
        {
            errors.Invalid("spec", spec.Array("rules") ?? [], "either `defaultBackend` or `rules` must be specified");
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
        if (spec.String("ingressClassName") is { } name)
        {
            errors.Invalid("spec.ingressClassName", name, Names.DnsSubdomain(name));
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
            else
            {
                errors.Invalid($"{at}.host", host, host.Contains('*') ? Names.WildcardDnsSubdomain(host) : Names.DnsSubdomain(host));
            }
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
            switch (path.Text("pathType"))
            {
                case "":
                    errors.Required($"{here}.pathType", "pathType must be specified");
                    break;
                case "Exact" or "Prefix":
                    if (!path.Text("path").StartsWith('/'))
                    {
                        errors.Invalid($"{here}.path", path.Text("path"), "must be an absolute path");
                    }
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
            errors.Required(at, "must specify either a service or resource backend");
        }
        else if (service is not null)
        {
            if (service.Text("name").Length == 0)
            {
                errors.Required($"{at}.service.name");
            }
            else
            {
                errors.Invalid($"{at}.service.name", service.Text("name"), Names.DnsLabel(service.Text("name")));
            }
            var port = service.Object("port");
            if (port.Text("name") is { Length: > 0 } name)
            {
                if (port!.Int("number") is > 0)
                {
                    errors.Invalid($"{at}.service.port", "", "cannot set both port name & port number");
                }
                errors.Invalid($"{at}.service.port.name", name, Names.PortName(name));
            }
            else if (port?.Int("number") is { } number and not 0)
            {
                if (number is < 1 or > 65535)
                {
                    errors.Invalid($"{at}.service.port.number", number, Names.InRange(1, 65535));
                }
            }
            else
            {
                errors.Required($"{at}.service", "port name or number is required");
            }
        }
    }
}
