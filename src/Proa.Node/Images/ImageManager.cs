using System.Globalization;
using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Client.Events;
using Proa.Node.Cri;
using Proa.Node.Cri.V1;
using Container = Proa.Api.Models.Core.Container;

namespace Proa.Node.Images;

/// <summary>
/// Sees to it that a container's image is there, by its pull policy, and tells about it in the Events that users know.
/// A few pulls run at once; more wait. Thread-safe.
/// </summary>
internal sealed class ImageManager(CriImages images, IClusterClient client, IEventRecorder events, TimeProvider time)
{
    private const int PullsAtOnce = 4;

    private readonly SemaphoreSlim _slots = new(PullsAtOnce, PullsAtOnce);
    private readonly PullBackoff _backoff = new(time);

    /// <summary>Every Event of the outcome is recorded here, also <c>Failed</c> with <c>Error: ErrImagePull</c> and the like.</summary>
    public async Task<ImageResult> EnsureAsync(Pod pod, Container container, CancellationToken ct)
    {
        var reference = EventRecorderExtensions.ReferenceTo(pod, FieldPath(pod, container.Name));
        var result = await EnsureAsync(pod, container, reference, ct);
        if (!result.Ok)
        {
            events.Record(reference, "Warning", "Failed", $"Error: {result.Reason}");
        }
        return result;
    }

    private async Task<ImageResult> EnsureAsync(Pod pod, Container container, ObjectReference reference, CancellationToken ct)
    {
        var requested = container.Image ?? "";
        var (parsed, error) = ImageReference.Parse(requested);
        if (parsed is null)
        {
            var message = $"Failed to apply default image tag \"{requested}\": couldn't parse image name \"{requested}\": {error}";
            events.Record(reference, "Warning", "InspectFailed", message);
            return new(null, "InvalidImageName", message);
        }
        var image = parsed.Tag is null && parsed.Digest is null ? $"{requested}:latest" : requested;
        var spec = new ImageSpec { Image = image };
        foreach (var (key, value) in pod.Metadata.Annotations)
        {
            spec.Annotations[key] = value;
        }
        // The API's default: Always for the tag latest, which is expected to move.
        var policy = container.ImagePullPolicy ?? ((parsed.Tag ?? "latest") == "latest" && parsed.Digest is null ? "Always" : "IfNotPresent");
        if (policy != "Always")
        {
            var status = await images.StatusAsync(spec, verbose: false, ct);
            if (!status.Ok)
            {
                var message = $"Failed to inspect image \"{image}\": {status.Status.Message}";
                events.Record(reference, "Warning", "InspectFailed", message);
                return new(null, "ImageInspectError", message);
            }
            if (status.Value.Image is { Id.Length: > 0 } present)
            {
                events.Record(reference, "Normal", "Pulled", $"Container image \"{requested}\" already present on machine and can be accessed by the pod");
                return new(present.Id);
            }
            if (policy == "Never")
            {
                var message = $"Container image \"{requested}\" is not present with pull policy of Never";
                events.Record(reference, "Warning", "ErrImageNeverPull", message);
                return new(null, "ErrImageNeverPull", message);
            }
        }
        return await PullAsync(pod, requested, parsed, spec, reference, ct);
    }

    private async Task<ImageResult> PullAsync(
        Pod pod, string requested, ImageReference parsed, ImageSpec spec, ObjectReference reference, CancellationToken ct)
    {
        var uid = pod.Metadata.Uid ?? "";
        if (_backoff.Held(uid, requested) is { } last)
        {
            var message = $"Back-off pulling image \"{requested}\"";
            events.Record(reference, "Normal", "BackOff", message);
            return new(null, "ImagePullBackOff", $"{message}: {last}");
        }
        events.Record(reference, "Normal", "Pulling", $"Pulling image \"{requested}\"");
        var asked = time.GetTimestamp();
        var credentials = (await KeyringAsync(pod, ct)).For(parsed);
        await _slots.WaitAsync(ct);
        string? id;
        string? error;
        var begun = time.GetTimestamp();
        try
        {
            (id, error) = await PullAsync(spec, credentials, ct);
        }
        finally
        {
            _slots.Release();
        }
        if (id is null)
        {
            events.Record(reference, "Warning", "Failed", $"Failed to pull image \"{requested}\": {error}");
            var (reason, message) = Classify(requested, error!);
            _backoff.Failed(uid, requested, $"{reason}: {message}");
            return new(null, reason, message);
        }
        _backoff.Succeeded(uid, requested);
        var took = GoDuration.Format(time.GetElapsedTime(begun));
        var waited = GoDuration.Format(time.GetElapsedTime(asked));
        var status = await images.StatusAsync(spec, verbose: false, ct);
        var size = (status.Ok ? status.Value.Image?.Size ?? 0 : 0).ToString(CultureInfo.InvariantCulture);
        events.Record(reference, "Normal", "Pulled", $"Successfully pulled image \"{requested}\" in {took} ({waited} including waiting). Image size: {size} bytes.");
        return new(id);
    }

    private async Task<(string? Id, string? Error)> PullAsync(ImageSpec spec, IReadOnlyList<RegistryCredential> credentials, CancellationToken ct)
    {
        if (credentials.Count == 0)
        {
            var pulled = await images.PullAsync(spec, null, null, ct);
            return pulled.Ok ? (pulled.Value.ImageRef, null) : (null, pulled.Status.Message);
        }
        var errors = new List<string>();
        foreach (var credential in credentials)
        {
            var auth = new AuthConfig { Username = credential.Username, Password = credential.Password, IdentityToken = credential.IdentityToken ?? "" };
            var pulled = await images.PullAsync(spec, auth, null, ct);
            if (pulled.Ok)
            {
                return (pulled.Value.ImageRef, null);
            }
            errors.Add(pulled.Status.Message);
        }
        return (null, errors.Count == 1 ? errors[0] : $"[{string.Join(", ", errors)}]");
    }

    /// <summary>The pod's own pull secrets, or else those of its service account.</summary>
    private async Task<RegistryKeyring> KeyringAsync(Pod pod, CancellationToken ct)
    {
        var ns = pod.Metadata.Namespace ?? "";
        var names = pod.Spec.ImagePullSecrets;
        if (names.Count == 0 && pod.Spec.ServiceAccountName is { Length: > 0 } account)
        {
            var found = await client.GetAsync<ServiceAccount>(ns, account, ct);
            names = found.Ok ? found.Value.ImagePullSecrets : names;
        }
        var keyring = new RegistryKeyring();
        var missing = new List<string>();
        foreach (var name in names)
        {
            var secret = await client.GetAsync<Secret>(ns, name.Name ?? "", ct);
            if (secret.Ok)
            {
                keyring.Add(secret.Value);
            }
            else
            {
                missing.Add(name.Name ?? "");
            }
        }
        if (missing.Count > 0)
        {
            events.Record(pod, "Warning", "FailedToRetrieveImagePullSecret",
                $"Unable to retrieve some image pull secrets ({string.Join(", ", missing)}); attempting to pull the image may not succeed.");
        }
        return keyring;
    }

    /// <summary>The Container Runtime Interface names two failures by the start of the message.</summary>
    private static (string Reason, string Message) Classify(string image, string error)
    {
        foreach (var (reason, because) in ((string, string)[])[("RegistryUnavailable", "the registry is unavailable"), ("SignatureValidationFailed", "the signature validation failed")])
        {
            if (error.StartsWith(reason, StringComparison.Ordinal))
            {
                return (reason, $"image pull failed for {image} because {because}{error[reason.Length..]}");
            }
        }
        return ("ErrImagePull", error);
    }

    private static string FieldPath(Pod pod, string container) =>
        pod.Spec.InitContainers.Any(c => c.Name == container) ? $"spec.initContainers{{{container}}}"
        : pod.Spec.EphemeralContainers.Any(c => c.Name == container) ? $"spec.ephemeralContainers{{{container}}}"
        : $"spec.containers{{{container}}}";
}
