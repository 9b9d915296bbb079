using Proa.Api.Json;
using Proa.ApiServer.Audit;
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
    private List<Func<bool, ValueTask>>? _finished;
    private Action? _last;
    private JsonObject? _options;
    private Dictionary<IAdmissionStep, object>? _states;

    public required AdmissionOperation Operation { get; init; }

    public required ServedType Type { get; init; }

    public required string Namespace { get; init; }

    /// <summary>Empty while a name is still to be generated: in mutating steps.</summary>
    public required string Name { get; set; }

    public string Subresource { get; init; } = "";

    public required UserInfo User { get; init; }

    public bool DryRun { get; init; }

    /// <summary>The new object; mutating steps change it. Of a delete: null.</summary>
    public JsonObject? Object { get; set; }

    /// <summary>The object as it is; null for a create.</summary>
    public JsonObject? Old { get; init; }

    public required Action<string> Warn { get; init; }

    /// <summary>Told notes for the audit log: key, value, and the level from which on they are recorded.</summary>
    public Action<string, string, AuditLevel> Note { get; init; } = static (_, _, _) => { };

    /// <summary>The request's options as an object (<c>CreateOptions</c> and so on), for those who are asked from outside.</summary>
    public JsonObject? Options => _options ??= Named(OptionsSource?.Invoke());

    /// <summary>Makes <see cref="Options"/>, which most requests are never asked for.</summary>
    public Func<JsonObject>? OptionsSource { get; init; }

    /// <summary>The object is none of the type's own but one that a subresource exchanges: an Eviction, a Binding.</summary>
    public bool IsForeign { get; init; }

    /// <summary>The mutating steps run a second time, as a webhook or policy changed what others had seen.</summary>
    public bool IsReinvoked { get; set; }

    /// <summary>Set by a step that changed the object in a way that those before it may care for.</summary>
    public bool WantsReinvocation { get; set; }

    public bool IsCreate => Operation == AdmissionOperation.Create;

    /// <summary><c>pods</c>, <c>deployments.apps</c>.</summary>
    public string GroupResource => Type.Info.GroupResource;

    /// <summary>True for the resource itself, not one of its subresources.</summary>
    public bool Is(string groupResource) => Subresource.Length == 0 && Type.Collection == groupResource;

    /// <summary>What a refusal calls the object: while it has no name, the prefix that its name will have.</summary>
    public string ShownName
    {
        get
        {
            if (Name.Length > 0)
            {
                return Name;
            }
            var metadata = (Object ?? Old)?.Object("metadata");
            return metadata?.String("name") is { Length: > 0 } name ? name : metadata?.String("generateName") is { Length: > 0 } prefix ? prefix : "Unknown";
        }
    }

    /// <summary>The kind that is exchanged there, in the version of a type.</summary>
    public Proa.Api.Meta.GroupVersionKind KindFor(ServedType type)
    {
        foreach (var sub in type.Subresources)
        {
            if (Subresource.Length > 0 && sub.Name == Subresource)
            {
                return sub.Kind;
            }
        }
        return type.Info.Gvk;
    }

    /// <summary>A patch creates or updates, and its options are called by that.</summary>
    private JsonObject? Named(JsonObject? options)
    {
        if (options?.String("kind") == "PatchOptions")
        {
            options["kind"] = IsCreate ? "CreateOptions" : "UpdateOptions";
            options.Remove("force");
        }
        return options;
    }

    /// <summary>What a step wants to remember between its calls for this request; made at the first use.</summary>
    public T StateOf<T>(IAdmissionStep step) where T : class, new()
    {
        _states ??= [];
        if (!_states.TryGetValue(step, out var state))
        {
            _states[step] = state = new T();
        }
        return (T)state;
    }

    /// <summary>The same request with other listeners.</summary>
    public AdmissionRequest With(Action<string> warn, Action<string, string, AuditLevel> note) => new()
    {
        Operation = Operation,
        Type = Type,
        Namespace = Namespace,
        Name = Name,
        Subresource = Subresource,
        User = User,
        DryRun = DryRun,
        Object = Object,
        Old = Old,
        OptionsSource = OptionsSource,
        IsForeign = IsForeign,
        Warn = warn,
        Note = note,
    };

    public void Annotate(string key, string value, AuditLevel from = AuditLevel.Metadata) => Note(key, value, from);

    /// <summary>Called once when the write is over: true when it was committed. For reservations.</summary>
    public void OnFinished(Action<bool> action) => OnFinished(committed =>
    {
        action(committed);
        return default;
    });

    /// <summary>The same; the write's answer waits for it.</summary>
    public void OnFinished(Func<bool, ValueTask> action) => (_finished ??= []).Add(action);

    /// <summary>Called after all others, even if one of them failed.</summary>
    public void OnFinishedLast(Action action) => _last += action;

    public async ValueTask FinishAsync(bool committed)
    {
        var (actions, last) = (_finished, _last);
        (_finished, _last) = (null, null);
        try
        {
            foreach (var action in actions ?? [])
            {
                await action(committed);
            }
        }
        finally
        {
            last?.Invoke();
        }
    }
}
