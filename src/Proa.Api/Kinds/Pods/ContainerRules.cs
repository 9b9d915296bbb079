using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>What a container must be like, of whichever kind.</summary>
internal static class ContainerRules
{
    private const string NotForInit = "may not be set for init containers without restartPolicy=Always";

    public static void CheckRegular(JsonObject container, string at, PodFacts pod, FieldErrors errors)
    {
        CheckCommon(container, at, pod, errors);
        ProbesAndHooks(container, at, pod, errors);
        Restart(container, at, errors);
    }

    public static void CheckInit(JsonObject container, string at, PodFacts pod, FieldErrors errors)
    {
        CheckCommon(container, at, pod, errors);
        Restart(container, at, errors);
        if (container.Text("restartPolicy") == "Always")
        {
            ProbesAndHooks(container, at, pod, errors);
            return;
        }
        foreach (var name in (ReadOnlySpan<string>)["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"])
        {
            if (container.ContainsKey(name))
            {
                errors.Forbidden($"{at}.{name}", NotForInit);
            }
        }
        var i = 0;
        foreach (var policy in container.Objects("resizePolicy"))
        {
            if (policy.Text("restartPolicy") == "RestartContainer")
            {
                errors.Invalid($"{at}.resizePolicy[{i}].restartPolicy", "RestartContainer", "must not be set to 'RestartContainer' for non-sidecar initContainers");
            }
            i++;
        }
    }

    public static void CheckCommon(JsonObject container, string at, PodFacts pod, FieldErrors errors)
    {
        var name = container.Text("name");
        if (name.Length == 0)
        {
            errors.Required($"{at}.name");
        }
        else
        {
            errors.Invalid($"{at}.name", name, Names.DnsLabel(name));
        }
        if (container.Text("image").Length == 0)
        {
            errors.Required($"{at}.image");
        }
        errors.OneOf($"{at}.terminationMessagePolicy", container.Text("terminationMessagePolicy"), "File", "FallbackToLogsOnError");
        Ports(container, at, errors);
        EnvironmentRules.Check(container, at, errors);
        MountRules.Check(container, at, pod.Volumes, errors);
        errors.OneOf($"{at}.imagePullPolicy", container.Text("imagePullPolicy"), "Always", "IfNotPresent", "Never");
        ResourceRules.CheckContainer(container.Object("resources"), $"{at}.resources", errors, pod.ClaimNames);
        Resize(container, at, pod, errors);
        SecurityContextRules.CheckContainer(container.Object("securityContext"), $"{at}.securityContext", errors, pod.OnHostUsers);
    }

    private static void ProbesAndHooks(JsonObject container, string at, PodFacts pod, FieldErrors errors)
    {
        if (container.Object("lifecycle") is { } lifecycle)
        {
            foreach (var name in (ReadOnlySpan<string>)["postStart", "preStop"])
            {
                if (lifecycle.Object(name) is { } hook)
                {
                    ProbeRules.Handler(hook, $"{at}.lifecycle.{name}", errors, isProbe: false, pod.GracePeriod);
                }
            }
            if (lifecycle.String("stopSignal") is { } signal)
            {
                StopSignals.Check(signal, $"{at}.lifecycle.stopSignal", pod.OsName, errors);
            }
        }
        ProbeRules.Check(container.Object("livenessProbe"), $"{at}.livenessProbe", errors, mustSucceedOnce: true);
        ProbeRules.Check(container.Object("readinessProbe"), $"{at}.readinessProbe", errors, mustSucceedOnce: false);
        ProbeRules.Check(container.Object("startupProbe"), $"{at}.startupProbe", errors, mustSucceedOnce: true);
    }

    private static void Restart(JsonObject container, string at, FieldErrors errors)
    {
        var rules = container.Array("restartPolicyRules")?.Count ?? 0;
        if (container.String("restartPolicy") is not { } policy)
        {
            if (rules > 0)
            {
                errors.Required($"{at}.restartPolicy", "must specify restartPolicy when restart rules are used");
            }
        }
        else if (policy is not ("Always" or "Never" or "OnFailure"))
        {
            errors.NotSupported($"{at}.restartPolicy", policy, "Always", "Never", "OnFailure");
        }
        if (rules > 20)
        {
            errors.Add(FieldError.TooMany($"{at}.restartPolicyRules", rules, 20));
        }
        var i = 0;
        foreach (var rule in container.Objects("restartPolicyRules"))
        {
            var here = $"{at}.restartPolicyRules[{i++}]";
            if (rule.Text("action") is not ("Restart" or "RestartAllContainers"))
            {
                errors.NotSupported($"{here}.action", rule.Text("action"), "Restart", "RestartAllContainers");
            }
            if (rule.Object("exitCodes") is not { } codes)
            {
                errors.Required($"{here}.exitCodes", "must be specified");
                continue;
            }
            if (codes.Text("operator") is not ("In" or "NotIn"))
            {
                errors.NotSupported($"{here}.exitCodes.operator", codes.Text("operator"), "In", "NotIn");
            }
            if (codes.Array("values") is { Count: > 255 } values)
            {
                errors.Add(FieldError.TooMany($"{here}.exitCodes.values", values.Count, 255));
            }
        }
    }

    private static void Resize(JsonObject container, string at, PodFacts pod, FieldErrors errors)
    {
        var field = $"{at}.resizePolicy";
        HashSet<string>? seen = null;
        var i = 0;
        foreach (var policy in container.Objects("resizePolicy"))
        {
            var resource = policy.Text("resourceName");
            if (!(seen ??= new(StringComparer.Ordinal)).Add(resource))
            {
                errors.Duplicate($"{field}[{i}]", resource);
            }
            i++;
            errors.OneOf(field, resource, "cpu", "memory");
            var restart = policy.Text("restartPolicy");
            errors.OneOf(field, restart, "NotRequired", "RestartContainer");
            if (pod.RestartPolicy == "Never" && restart != "NotRequired")
            {
                errors.Invalid(field, restart, "must be 'NotRequired' when pod `restartPolicy` is 'Never'");
            }
        }
    }

    private static void Ports(JsonObject container, string path, FieldErrors errors)
    {
        HashSet<string>? names = null;
        var i = 0;
        foreach (var port in container.Objects("ports"))
        {
            var at = $"{path}.ports[{i++}]";
            if (port.Text("name") is { Length: > 0 } name)
            {
                if (Names.PortName(name) is { Length: > 0 } wrong)
                {
                    errors.Invalid($"{at}.name", name, wrong);
                }
                else if (!(names ??= new(StringComparer.Ordinal)).Add(name))
                {
                    errors.Duplicate($"{at}.name", name);
                }
            }
            var number = port.Int("containerPort") ?? 0;
            if (number == 0)
            {
                errors.Required($"{at}.containerPort");
            }
            else if (number is < 1 or > 65535)
            {
                errors.Invalid($"{at}.containerPort", number, Names.InRange(1, 65535));
            }
            if (port.Int("hostPort") is { } hostPort and not 0 && hostPort is < 1 or > 65535)
            {
                errors.Invalid($"{at}.hostPort", hostPort, Names.InRange(1, 65535));
            }
            errors.OneOf($"{at}.protocol", port.Text("protocol"), "SCTP", "TCP", "UDP");
        }
    }
}
