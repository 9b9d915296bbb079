using Proa.Api.Meta;
using Proa.Api.Models.Core;
using Proa.Api.Models.Meta;
using Proa.Client;
using Proa.Client.Events;

namespace Proa.Controllers.Common;

/// <summary>Creates and deletes pods for a controller, and tells it on the controller's object.</summary>
internal sealed class PodControl(IClusterClient client, IEventRecorder events)
{
    private const string NamespaceTerminating = "NamespaceTerminating";

    /// <summary>A namespace that is going takes no more pods: expected, and nobody's error.</summary>
    public static bool IsNamespaceTerminating(Status error) => error.Details?.Causes.Any(cause => cause.Reason == NamespaceTerminating) == true;

    /// <summary>The pod that the template describes, named after its owner and controlled by it.</summary>
    public static Pod FromTemplate(IResource owner, PodTemplateSpec template) => new()
    {
        Metadata = new()
        {
            Namespace = owner.Metadata.Namespace,
            GenerateName = owner.Metadata.Name + "-",
            Labels = template.Metadata.Labels,
            Annotations = template.Metadata.Annotations,
            Finalizers = template.Metadata.Finalizers,
            OwnerReferences = [Owners.ControllerReference(owner)],
        },
        Spec = template.Spec,
    };

    /// <returns>Null when it was created.</returns>
    public async Task<Status?> CreateAsync(IResource owner, Pod pod, CancellationToken ct)
    {
        var made = await client.CreateAsync(pod, ct);
        if (made.Ok)
        {
            events.Normal(owner, "SuccessfulCreate", $"Created pod: {made.Value.Metadata.Name}");
            return null;
        }
        if (!IsNamespaceTerminating(made.Error))
        {
            events.Warning(owner, "FailedCreate", $"Error creating: {made.Error.Message}");
        }
        return made.Error;
    }

    /// <returns>
    /// Whether the pod's deletion was ordered here, so that it will be seen; false without an error when it was gone already.
    /// </returns>
    public async Task<(bool Ordered, Status? Error)> DeleteAsync(IResource owner, Pod pod, CancellationToken ct)
    {
        var deleted = await client.DeleteAsync<Pod>(
            pod.Metadata.Namespace, pod.Metadata.Name!, new DeleteRequest(Uid: pod.Metadata.Uid), ct);
        if (deleted.Ok)
        {
            events.Normal(owner, "SuccessfulDelete", $"Deleted pod: {pod.Metadata.Name}");
            return (true, null);
        }
        // A conflict: another pod has the name by now.
        if (deleted.IsNotFound || deleted.IsConflict)
        {
            return (false, null);
        }
        events.Warning(owner, "FailedDelete", $"Error deleting: {deleted.Error.Message}");
        return (false, deleted.Error);
    }
}
