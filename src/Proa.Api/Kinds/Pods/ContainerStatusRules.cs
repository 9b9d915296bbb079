using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>Whom a container's status says that it runs as, and how the devices are that it got.</summary>
internal static class ContainerStatusRules
{
    public static void Check(JsonObject spec, JsonObject status, FieldErrors errors)
    {
        foreach (var list in (ReadOnlySpan<string>)["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"])
        {
            var i = 0;
            foreach (var one in status.Objects(list))
            {
                User(one.At("user", "linux"), spec.Sub("os").Text("name"), $"status.{list}[{i++}].user.linux", errors);
            }
        }
        foreach (var (list, containers) in (ReadOnlySpan<(string, string)>)[("containerStatuses", "containers"), ("initContainerStatuses", "initContainers")])
        {
            var i = 0;
            foreach (var one in status.Objects(list))
            {
                Resources(one, spec.Objects(containers).FirstOrDefault(container => container.Text("name") == one.Text("name")), $"status.{list}[{i++}].allocatedResourcesStatus", errors);
            }
        }
        var e = 0;
        foreach (var one in status.Objects("ephemeralContainerStatuses"))
        {
            if (one.Array("allocatedResourcesStatus") is { Count: > 0 })
            {
                errors.Forbidden($"status.ephemeralContainerStatuses[{e}].allocatedResourcesStatus", "must not be specified in container status");
            }
            e++;
        }
    }

    private static void User(JsonObject? user, string os, string at, FieldErrors errors)
    {
        if (user is null)
        {
            return;
        }
        if (os == "windows")
        {
            errors.Forbidden(at, "cannot be set for a windows pod");
            return;
        }
        Id(user["uid"], $"{at}.uid", errors);
        Id(user["gid"], $"{at}.gid", errors);
        var i = 0;
        foreach (var group in user.Array("supplementalGroups") ?? [])
        {
            Id(group, $"{at}.supplementalGroups[{i++}]", errors);
        }
    }

    private static void Id(JsonValue? id, string at, FieldErrors errors)
    {
        if (id is JsonNumber number && number.TryGetInt64(out var value) && value is < 0 or > int.MaxValue)
        {
            errors.Invalid(at, id, Names.InRange(0, int.MaxValue));
        }
    }

    private static void Resources(JsonObject status, JsonObject? container, string at, FieldErrors errors)
    {
        var i = 0;
        foreach (var allocated in status.Objects("allocatedResourcesStatus"))
        {
            var here = $"{at}[{i++}]";
            if (container is not null)
            {
                Known(allocated.Text("name"), container.Sub("resources"), $"{here}.name", errors);
            }
            var seen = new HashSet<string>(StringComparer.Ordinal);
            var r = 0;
            foreach (var resource in allocated.Objects("resources"))
            {
                One(resource, seen, $"{here}.resources[{r++}]", errors);
            }
        }
    }

    private static void Known(string name, JsonObject resources, string at, FieldErrors errors)
    {
        if (name.StartsWith("claim:", StringComparison.Ordinal))
        {
            if (!resources.Objects("claims").Any(claim => name == $"claim:{claim.Text("name")}" + (claim.Text("request") is { Length: > 0 } request ? $"/{request}" : "")))
            {
                errors.Invalid(at, name, "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty");
            }
        }
        else if (!resources.Sub("requests").ContainsKey(name))
        {
            errors.Invalid(at, name, "must match one of the container's resource requests");
        }
    }

    private static void One(JsonObject resource, HashSet<string> seen, string at, FieldErrors errors)
    {
        const int MaxMessage = 1024;
        if (resource.Text("health") is not ("Healthy" or "Unhealthy" or "Unknown"))
        {
            errors.NotSupported($"{at}.health", resource.Text("health"), "Healthy", "Unhealthy", "Unknown");
        }
        if (resource.String("message") is { } message)
        {
            if (message.Length == 0)
            {
                errors.Required($"{at}.message", "must be non-empty if specified");
            }
            else if (message.Length > MaxMessage)
            {
                errors.Add(FieldError.TooLong($"{at}.message", MaxMessage));
            }
        }
        if (!seen.Add(resource.Text("resourceID")))
        {
            errors.Duplicate($"{at}.resourceID", resource.Text("resourceID"));
        }
    }
}
