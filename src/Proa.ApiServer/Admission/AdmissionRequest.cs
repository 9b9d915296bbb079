using Proa.Api.Json;
using Proa.ApiServer.Security;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.Admission;

internal enum AdmissionOperation
{
    Create,
    Update,
    Delete,

    /// <summary>A stream or proxy to a part of an object: exec, attach, portforward, proxy.</summary>
    Connect,
}

/// <summary>A write as admission sees it. For one request.</summary>
internal sealed class AdmissionRequest
{
    private List<Action<bool>>? _finished;

    public required AdmissionOperation Operation { get; init; }

    public required ServedType Type { get; init; }

    public required string Namespace { get; init; }

    /// <summary>Empty while a name is still to be generated.</summary>
    public required string Name { get; init; }

    public string Subresource { get; init; } = "";

    public required UserInfo User { get; init; }

    public bool DryRun { get; init; }

    /// <summary>The new object; mutating steps change it. Of a delete: null.</summary>
    public JsonObject? Object { get; init; }

    /// <summary>The object as it is; null for a create.</summary>
    public JsonObject? Old { get; init; }

    public required Action<string> Warn { get; init; }

    /// <summary>Notes for the audit log: key and value.</summary>
    public Action<string, string> Annotate { get; init; } = static (_, _) => { };

    public bool IsCreate => Operation == AdmissionOperation.Create;

    /// <summary><c>pods</c>, <c>deployments.apps</c>.</summary>
    public string GroupResource => Type.Info.GroupResource;

    /// <summary>True for the resource itself, not one of its subresources.</summary>
    public bool Is(string groupResource) => Subresource.Length == 0 && Type.Collection == groupResource;

    /// <summary>Called once when the write is over: true when it was committed. For reservations.</summary>
    public void OnFinished(Action<bool> action) => (_finished ??= []).Add(action);

    public void Finish(bool committed)
    {
        foreach (var action in _finished ?? [])
        {
            action(committed);
        }
        _finished = null;
    }
}
