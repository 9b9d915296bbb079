using System.Buffers;
using System.Text;
using System.Text.Json;
using Proa.Api.Models.Core;
using Proa.Client.Events;

namespace Proa.Node.Pods;

/// <summary>Changes the resources of running containers in place.</summary>
internal sealed partial class PodWorker
{
    /// <summary>What running containers were last given, by the runtime's id.</summary>
    private readonly Dictionary<string, ResourceRequirements> _given = new(StringComparer.Ordinal);

    private async Task ResizeAsync(CancellationToken ct)
    {
        var pod = _pod;
        List<(ContainerRecord Record, Container Spec)>? changed = null;
        foreach (var spec in pod.Spec.Containers)
        {
            if (_seen.Latest(spec.Name) is not { State: RunState.Running } record)
            {
                continue;
            }
            if (_given.TryAdd(record.Id, spec.Resources) || _given[record.Id] == spec.Resources)
            {
                continue;
            }
            (changed ??= []).Add((record, spec));
        }
        if (changed is null)
        {
            return;
        }
        var text = Describe(pod);
        _services.Events.Normal(pod, "ResizeStarted", $"Pod resize started: {text}");
        foreach (var (record, spec) in changed)
        {
            var answer = await _services.Runtime.UpdateContainerResourcesAsync(record.Id, _services.Containers.ResourcesFor(pod, spec), ct);
            if (!answer.Ok)
            {
                _services.Events.Warning(pod, "ResizeError", $"Pod resize error: {text}: {answer.Status.Message}");
                return;
            }
            _given[record.Id] = spec.Resources;
        }
        _services.Events.Normal(pod, "ResizeCompleted", $"Pod resize completed: {text}");
    }

    /// <summary><c>{"containers":[{"name":"c","resources":{…}}],"generation":2}</c>.</summary>
    private static string Describe(Pod pod)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("containers"u8);
            foreach (var spec in pod.Spec.Containers)
            {
                writer.WriteStartObject();
                writer.WriteString("name"u8, spec.Name);
                writer.WritePropertyName("resources"u8);
                spec.Resources.Write(writer);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteNumber("generation"u8, pod.Metadata.Generation ?? 0);
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
