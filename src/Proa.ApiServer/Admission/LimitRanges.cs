using System.Globalization;
using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Models.Meta;
using Proa.Api.Quota;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.Store;

namespace Proa.ApiServer.Admission;

/// <summary>Gives containers the defaults of the namespace's LimitRanges, and refuses pods and claims that pass their bounds.</summary>
internal sealed class LimitRanges(IObjectStore store) : IAdmissionStep
{
    private const string Note = "kubernetes.io/limit-ranger";

    public ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (!Concerns(request) || request.Type.Collection != "pods")
        {
            return default;
        }
        foreach (var range in Ranges(request.Namespace))
        {
            SetDefaults(request.Object!, range);
        }
        return default;
    }

    public Status? Validate(AdmissionRequest request)
    {
        if (!Concerns(request))
        {
            return null;
        }
        foreach (var range in Ranges(request.Namespace))
        {
            var problems = new List<string>();
            foreach (var limit in range)
            {
                Check(request, limit, problems);
            }
            // The same said of two containers is said once.
            problems = [.. problems.Distinct(StringComparer.Ordinal)];
            if (problems.Count > 0)
            {
                var text = problems.Count == 1 ? problems[0] : $"[{string.Join(", ", problems)}]";
                return Statuses.Forbidden(request.GroupResource, request.ShownName, text);
            }
        }
        return null;
    }

    private static bool Concerns(AdmissionRequest request) =>
        request.Object is not null && (request.Old is null || !Metadata.IsDeleting(request.Old)) && (request.Type.Collection, request.Subresource) switch
        {
            ("pods", "") => request.IsCreate,
            ("pods", "resize") => true,
            ("persistentvolumeclaims", "") => true,
            _ => false,
        };

    private static void SetDefaults(JsonObject pod, List<JsonObject> range)
    {
        var (limits, requests) = (new JsonObject(), new JsonObject());
        foreach (var limit in range)
        {
            if (limit.String("type") == "Container")
            {
                Collect(limit.Object("default"), limits);
                Collect(limit.Object("defaultRequest"), requests);
            }
        }
        var notes = new List<string>();
        foreach (var (list, kind) in (ReadOnlySpan<(string, string)>)[("containers", "container"), ("initContainers", "init container")])
        {
            foreach (var container in PodAmounts.Containers(pod.Object("spec"), list))
            {
                var resources = container.EnsureObject("resources");
                Merge(resources, "requests", requests, "request", kind, container, notes);
                Merge(resources, "limits", limits, "limit", kind, container, notes);
            }
        }
        if (notes.Count > 0)
        {
            Metadata.Of(pod).EnsureObject("annotations")[Note] = "LimitRanger plugin set: " + string.Join("; ", notes);
        }
    }

    private static void Collect(JsonObject? from, JsonObject to)
    {
        foreach (var (name, value) in from ?? [])
        {
            to[name] = value;
        }
    }

    private static void Merge(JsonObject resources, string member, JsonObject defaults, string word, string kind, JsonObject container, List<string> notes)
    {
        var set = new List<string>();
        foreach (var (name, value) in defaults)
        {
            if (resources.Object(member)?.ContainsKey(name) != true)
            {
                resources.EnsureObject(member)[name] = value.Clone();
                set.Add(name);
            }
        }
        if (set.Count > 0)
        {
            set.Sort(StringComparer.Ordinal);
            notes.Add($"{string.Join(", ", set)} {word} for {kind} {container.String("name")}");
        }
    }

    private static void Check(AdmissionRequest request, JsonObject limit, List<string> problems)
    {
        var obj = request.Object!;
        switch (limit.String("type"))
        {
            case "Container" when request.Type.Collection == "pods":
                foreach (var list in (ReadOnlySpan<string>)["containers", "initContainers"])
                {
                    foreach (var container in PodAmounts.Containers(obj.Object("spec"), list))
                    {
                        var resources = container.Object("resources");
                        Check("Container", limit, ResourceList.Of(resources?.Object("requests")), ResourceList.Of(resources?.Object("limits")), problems);
                    }
                }
                break;
            case "Pod" when request.Type.Collection == "pods":
                Check("Pod", limit, PodAmounts.Of(obj, "requests", running: false), PodAmounts.Of(obj, "limits", running: false), problems);
                break;
            case "PersistentVolumeClaim" when request.Type.Collection == "persistentvolumeclaims":
                Claim(limit, ResourceList.Of(obj.Object("spec")?.Object("resources")?.Object("requests")), problems);
                break;
        }
    }

    private static void Check(string type, JsonObject limit, ResourceList requests, ResourceList limits, List<string> problems)
    {
        foreach (var (name, bound) in ResourceList.Of(limit.Object("min")))
        {
            Minimum(type, name, bound, requests, limits, problems);
        }
        foreach (var (name, bound) in ResourceList.Of(limit.Object("max")))
        {
            if (!limits.TryGetValue(name, out var most))
            {
                problems.Add($"maximum {name} usage per {type} is {bound}.  No limit is specified");
            }
            else if (most > bound)
            {
                problems.Add($"maximum {name} usage per {type} is {bound}, but limit is {most}");
            }
            else if (requests.TryGetValue(name, out var request) && request > bound)
            {
                problems.Add($"maximum {name} usage per {type} is {bound}, but request is {request}");
            }
        }
        foreach (var (name, bound) in ResourceList.Of(limit.Object("maxLimitRequestRatio")))
        {
            Ratio(type, name, bound, requests.GetValueOrDefault(name), limits.GetValueOrDefault(name), problems);
        }
    }

    private static void Minimum(string type, string name, Quantity bound, ResourceList requests, ResourceList limits, List<string> problems)
    {
        if (!requests.TryGetValue(name, out var request))
        {
            problems.Add($"minimum {name} usage per {type} is {bound}.  No request is specified");
        }
        else if (request < bound)
        {
            problems.Add($"minimum {name} usage per {type} is {bound}, but request is {request}");
        }
        else if (limits.TryGetValue(name, out var most) && most < bound)
        {
            problems.Add($"minimum {name} usage per {type} is {bound}, but limit is {most}");
        }
    }

    private static void Ratio(string type, string name, Quantity bound, Quantity request, Quantity limit, List<string> problems)
    {
        if (request.IsZero)
        {
            problems.Add($"{name} max limit to request ratio per {type} is {bound}, but no request is specified or request is 0");
        }
        else if (limit.IsZero)
        {
            problems.Add($"{name} max limit to request ratio per {type} is {bound}, but no limit is specified or limit is 0");
        }
        else
        {
            // Thousandths where they fit, as the original compares.
            var precise = request.Value <= long.MaxValue / 1000 && limit.Value <= long.MaxValue / 1000;
            var ratio = precise ? (double)limit.MilliValue / request.MilliValue : (double)limit.Value / request.Value;
            if (ratio * 1000 > bound.MilliValue)
            {
                problems.Add(string.Create(CultureInfo.InvariantCulture, $"{name} max limit to request ratio per {type} is {bound}, but provided ratio is {ratio:F6}"));
            }
        }
    }

    private static void Claim(JsonObject limit, ResourceList requests, List<string> problems)
    {
        foreach (var (name, bound) in ResourceList.Of(limit.Object("min")))
        {
            Minimum("PersistentVolumeClaim", name, bound, requests, [], problems);
        }
        foreach (var (name, bound) in ResourceList.Of(limit.Object("max")))
        {
            if (!requests.TryGetValue(name, out var request))
            {
                problems.Add($"maximum {name} usage per PersistentVolumeClaim is {bound}.  No request is specified");
            }
            else if (request > bound)
            {
                problems.Add($"maximum {name} usage per PersistentVolumeClaim is {bound}, but request is {request}");
            }
        }
    }

    private IEnumerable<List<JsonObject>> Ranges(string ns)
    {
        foreach (var item in store.List("limitranges", ns)!.Items)
        {
            yield return [.. JsonTree.ParseObject(item.Json.Span).Object("spec")?.Array("limits")?.OfType<JsonObject>() ?? []];
        }
    }
}
