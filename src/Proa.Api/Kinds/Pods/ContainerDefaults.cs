using Proa.Api.Json;

namespace Proa.Api.Kinds.Pods;

/// <summary>The defaults of one container.</summary>
internal static class ContainerDefaults
{
    public static void Apply(JsonObject container)
    {
        container.Default("imagePullPolicy", ImageNames.DefaultPullPolicy(container.Text("image")));
        container.Default("terminationMessagePath", "/dev/termination-log");
        container.Default("terminationMessagePolicy", "File");
        foreach (var port in container.Objects("ports"))
        {
            port.Default("protocol", "TCP");
        }
        foreach (var name in (ReadOnlySpan<string>)["livenessProbe", "readinessProbe", "startupProbe"])
        {
            Probe(container.Object(name));
        }
        if (container.Object("lifecycle") is { } lifecycle)
        {
            HttpGet(lifecycle.At("postStart", "httpGet"));
            HttpGet(lifecycle.At("preStop", "httpGet"));
        }
        foreach (var variable in container.Objects("env"))
        {
            variable.At("valueFrom", "fieldRef")?.Default("apiVersion", "v1");
            variable.At("valueFrom", "fileKeyRef")?.DefaultUnset("optional", false);
        }
    }

    private static void Probe(JsonObject? probe)
    {
        if (probe is null)
        {
            return;
        }
        probe.DefaultZero("timeoutSeconds", 1);
        probe.DefaultZero("periodSeconds", 10);
        probe.DefaultZero("successThreshold", 1);
        probe.DefaultZero("failureThreshold", 3);
        HttpGet(probe.Object("httpGet"));
        probe.Object("grpc")?.DefaultUnset("service", "");
    }

    private static void HttpGet(JsonObject? action)
    {
        action?.Default("path", "/");
        action?.Default("scheme", "HTTP");
    }
}
