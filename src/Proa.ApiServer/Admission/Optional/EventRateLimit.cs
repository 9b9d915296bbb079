using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.Admission.Optional;

/// <summary>Takes only so many Events a second: of all, of a namespace, of a user, or about one object from one source.</summary>
internal sealed class EventRateLimit(IReadOnlyList<EventRate> rates, TimeProvider clock) : IAdmissionStep
{
    private readonly EventBuckets[] _buckets = [.. rates.Select(rate => new EventBuckets(rate, clock))];

    public Status? Validate(AdmissionRequest request)
    {
        if (request.DryRun || request.Type.Kind != "Event" || request.Type.Group is not ("" or "events.k8s.io") || request.Object is not { } obj
            || request.Operation is not (AdmissionOperation.Create or AdmissionOperation.Update))
        {
            return null;
        }
        List<string>? errors = null;
        foreach (var buckets in _buckets)
        {
            var key = Key(buckets.Type, request, obj);
            if (!buckets.TryTake(key))
            {
                (errors ??= []).Add($"limit reached on type {buckets.Type} for key {key}");
            }
        }
        return errors is null ? null : Statuses.Failure(429, "TooManyRequests", errors.Count == 1 ? errors[0] : $"[{string.Join(", ", errors)}]");
    }

    private static string Key(string type, AdmissionRequest request, JsonObject obj)
    {
        switch (type)
        {
            case "Namespace":
                return request.Namespace;
            case "User":
                return request.User.Name;
            case "SourceAndObject":
                var source = obj.Object("source") ?? obj.Object("deprecatedSource");
                var about = obj.Object("involvedObject") ?? obj.Object("regarding");
                return source?.String("component") + source?.String("host") + about?.String("kind") + about?.String("namespace") + about?.String("name")
                    + about?.String("uid") + about?.String("apiVersion");
            default:
                return "";
        }
    }
}
