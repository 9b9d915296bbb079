using Proa.Api.Json;
using Proa.Api.Models.Meta;

namespace Proa.ApiServer.Admission;

/// <summary>A pod tolerates a node that is not ready or not reachable for five minutes, unless it says otherwise.</summary>
internal sealed class DefaultTolerations(AdmissionSettings settings) : IAdmissionStep
{
    public ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct)
    {
        if (request.Object is not null && request.Is("pods"))
        {
            var spec = request.Object.EnsureObject("spec");
            Tolerate(spec, "node.kubernetes.io/not-ready", settings.NotReadyTolerationSeconds);
            Tolerate(spec, "node.kubernetes.io/unreachable", settings.UnreachableTolerationSeconds);
        }
        return default;
    }

    private static void Tolerate(JsonObject spec, string taint, int seconds)
    {
        var tolerations = spec.Array("tolerations") ?? [];
        foreach (var item in tolerations)
        {
            if (item is JsonObject toleration
                && (toleration.String("key") is null or "" || toleration.String("key") == taint)
                && toleration.String("effect") is null or "" or "NoExecute")
            {
                return;
            }
        }
        tolerations.Add(new JsonObject
        {
            ["key"] = taint,
            ["operator"] = "Exists",
            ["effect"] = "NoExecute",
            ["tolerationSeconds"] = seconds,
        });
        spec["tolerations"] = tolerations;
    }
}
