using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>The same of a pod's containers: annotations that fields replaced, quantities, variables, ports.</summary>
internal static class ContainerWarnings
{
    public static void Add(JsonObject spec, string at, JsonObject annotations, string annotationsAt, bool isTemplate, List<string> warnings)
    {
        var containers = new List<(JsonObject Container, string At)>();
        foreach (var list in (ReadOnlySpan<string>)["initContainers", "containers", "ephemeralContainers"])
        {
            var i = 0;
            foreach (var container in spec.Objects(list))
            {
                containers.Add((container, $"{at}.{list}[{i++}]"));
            }
        }
        foreach (var (container, here) in containers)
        {
            var (name, context) = (container.Text("name"), container.Sub("securityContext"));
            PodWarnings.Seccomp(context, annotations, "container.seccomp.security.alpha.kubernetes.io/" + name, annotationsAt, warnings);
            if (isTemplate && context.Object("appArmorProfile") is null)
            {
                AppArmor(spec, annotations, AppArmorAnnotations.Prefix + name, annotationsAt, warnings);
            }
            foreach (var resource in (ReadOnlySpan<string>)["memory", "ephemeral-storage"])
            {
                QuantityWarnings.Fractional(container.Sub("resources").Object("limits"), resource, $"{here}.resources.limits", warnings);
                QuantityWarnings.Fractional(container.Sub("resources").Object("requests"), resource, $"{here}.resources.requests", warnings);
            }
            Variables(container, here, warnings);
        }
        Ports(containers, warnings);
        PortNames(containers, warnings);
    }

    private static void AppArmor(JsonObject spec, JsonObject annotations, string key, string at, List<string> warnings)
    {
        if (annotations.String(key) is { } annotation
            && !(spec.Sub("securityContext").Object("appArmorProfile") is { } profile && AppArmorAnnotations.Profile(annotation) is { } same && profile.DeepEquals(same)))
        {
            warnings.Add($"{at}[{key}]: deprecated since v1.30; use the \"appArmorProfile\" field instead");
        }
    }

    private static void Variables(JsonObject container, string at, List<string> warnings)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var variable in container.Objects("env"))
        {
            var (name, value) = (variable.Text("name"), variable.Text("value"));
            var reference = $"$({name})";
            // X=$(X)123 goes on from the value before.
            if (!seen.Add(name) && (variable.Object("valueFrom") is not null || value == reference || !value.Contains(reference, StringComparison.Ordinal)))
            {
                warnings.Add($"{at}.env[{i}]: hides previous definition of {FieldError.Quote(name)}, which may be dropped when using apply");
            }
            i++;
        }
    }

    private static void Ports(List<(JsonObject Container, string At)> containers, List<string> warnings)
    {
        var all = new List<(JsonObject Port, string At)>();
        foreach (var (container, at) in containers)
        {
            var i = 0;
            foreach (var port in container.Objects("ports"))
            {
                var here = $"{at}.ports[{i++}]";
                var (ip, hostPort) = (port.Text("hostIP"), port.Int("hostPort") ?? 0);
                if (ip.Length > 0 && hostPort == 0)
                {
                    warnings.Add($"{here}: hostIP set without hostPort: {{Name:{port.Text("name")} HostPort:0 ContainerPort:{port.Int("containerPort") ?? 0} Protocol:{port.Text("protocol")} HostIP:{ip}}}");
                }
                foreach (var (other, otherAt) in all)
                {
                    if (other.Int("containerPort") == port.Int("containerPort") && other.Text("protocol") == port.Text("protocol")
                        && Clash(ip, hostPort, other.Text("hostIP"), other.Int("hostPort") ?? 0) is { } clash)
                    {
                        warnings.Add($"{here}: {clash} port definition with {otherAt}");
                    }
                }
                all.Add((port, here));
            }
        }
    }

    private static string? Clash(string ip, long port, string otherIp, long otherPort)
    {
        if (ip == otherIp && port == otherPort)
        {
            return "duplicate";
        }
        if (port == 0 || otherPort == 0)
        {
            return "overlapping";
        }
        return port == otherPort && ip.Length == 0 != (otherIp.Length == 0) ? "dangerously ambiguous" : null;
    }

    private static void PortNames(List<(JsonObject Container, string At)> containers, List<string> warnings)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (container, at) in containers)
        {
            var i = 0;
            foreach (var port in container.Objects("ports"))
            {
                var here = $"{at}.ports[{i++}]";
                if (port.Text("name") is { Length: > 0 } name && !names.TryAdd(name, here))
                {
                    var first = names[name];
                    warnings.Add($"{here}: duplicate port name {FieldError.Quote(name)} with {first}, services and probes that select ports by name will use {first}");
                }
            }
        }
    }
}
