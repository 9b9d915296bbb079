using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;
using Proa.Store;

namespace Proa.ApiServer.Admission;

/// <summary>Gives containers the defaults of the namespace's LimitRanges and refuses what passes their bounds.</summary>
internal sealed class LimitRanges(IObjectStore store) : IAdmissionStep
{
    public ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (!request.IsCreate || !request.Is("pods"))
        {
            return default;
        }
        foreach (var limit in Limits(request.Namespace, "Container"))
        {
            foreach (var container in Containers(request.Object!))
            {
                SetDefaults(container, limit);
            }
        }
        return default;
    }

    public Status? Validate(AdmissionRequest request)
    {
        if (!request.IsCreate || !request.Is("pods"))
        {
            return null;
        }
        var problems = new List<string>();
        foreach (var limit in Limits(request.Namespace, "Container"))
        {
            foreach (var container in Containers(request.Object!))
            {
                Check(container.Object("resources") ?? [], limit, problems);
            }
        }
        return problems.Count switch
        {
            0 => null,
            1 => Statuses.Forbidden("pods", request.ShownName, problems[0]),
            _ => Statuses.Forbidden("pods", request.ShownName, $"[{string.Join(", ", problems)}]"),
        };
    }

    private static void SetDefaults(JsonObject container, JsonObject limit)
    {
        var resources = container.EnsureObject("resources");
        Merge(resources, "limits", limit.Object("default"));
        Merge(resources, "requests", limit.Object("defaultRequest"));
    }

    private static void Merge(JsonObject resources, string member, JsonObject? defaults)
    {
        foreach (var (name, value) in defaults ?? [])
        {
            resources.EnsureObject(member)[name] ??= value;
        }
    }

    private static void Check(JsonObject resources, JsonObject limit, List<string> problems)
    {
        foreach (var (name, bound) in limit.Object("min") ?? [])
        {
            var request = Amount(resources.Object("requests")?[name]);
            if (request is null)
            {
                problems.Add($"minimum {name} usage per Container is {Text(bound)}.  No request is specified");
            }
            else if (request < Amount(bound))
            {
                problems.Add($"minimum {name} usage per Container is {Text(bound)}, but request is {request}");
            }
        }
        foreach (var (name, bound) in limit.Object("max") ?? [])
        {
            var given = Amount(resources.Object("limits")?[name]);
            if (given is null)
            {
                problems.Add($"maximum {name} usage per Container is {Text(bound)}.  No limit is specified");
            }
            else if (given > Amount(bound))
            {
                problems.Add($"maximum {name} usage per Container is {Text(bound)}, but limit is {given}");
            }
        }
    }

    private IEnumerable<JsonObject> Limits(string ns, string type)
    {
        foreach (var item in store.List("limitranges", ns)!.Items)
        {
            foreach (var limit in JsonTree.ParseObject(item.Json.Span).Object("spec")?.Array("limits") ?? [])
            {
                if (limit is JsonObject one && one.String("type") == type)
                {
                    yield return one;
                }
            }
        }
    }

    private static IEnumerable<JsonObject> Containers(JsonObject pod)
    {
        foreach (var list in new[] { "initContainers", "containers" })
        {
            foreach (var item in pod.Object("spec")?.Array(list) ?? [])
            {
                if (item is JsonObject container)
                {
                    yield return container;
                }
            }
        }
    }

    private static Quantity? Amount(JsonValue? value) => Quantity.TryParse(Text(value), out var amount) ? amount : null;

    private static string Text(JsonValue? value) => value switch
    {
        JsonString text => text.Value,
        JsonNumber number => number.Text,
        _ => "",
    };
}
