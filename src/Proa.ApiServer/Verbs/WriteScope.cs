using Proa.ApiServer.Admission;
using Proa.ApiServer.Audit;
using Proa.ApiServer.Security;
using Proa.ApiServer.Types;
using Proa.Store;

namespace Proa.ApiServer.Verbs;

/// <summary>What a write to one type carries along. For one request.</summary>
internal sealed record WriteScope(TypeRules Rules, string Namespace, UserInfo User, WriteParameters Parameters, Action<string> Warn)
{
    /// <summary>Empty for the resource itself.</summary>
    public string Subresource { get; init; } = "";

    /// <summary>Of a create by apply: the fields have their owner already.</summary>
    public bool AppliedFields { get; init; }

    /// <summary>Of a create: why it cannot be, told after all that may refuse the object itself.</summary>
    public Proa.Api.Models.Meta.Status? Refusal { get; init; }

    /// <summary>Admission has had its say, about the request that this write is a part of.</summary>
    public bool IsAdmitted { get; init; }

    /// <summary>Notes for the audit log.</summary>
    public Action<string, string, AuditLevel> Note { get; init; } = static (_, _, _) => { };

    public ServedType Type => Rules.Type;

    public string GroupResource => Type.Info.GroupResource;

    public static WriteScope Of(RequestScope scope, WriteParameters parameters) =>
        new(scope.Rules, scope.Namespace, scope.User, parameters, scope.Warn) { Subresource = scope.Subresource, Note = scope.Request.Annotate };

    public ObjectKey KeyOf(string name) => new(Type.Collection, Namespace, name);

    public AdmissionRequest Admission(AdmissionOperation operation, string name, Proa.Api.Json.JsonObject? obj, Proa.Api.Json.JsonObject? old) => new()
    {
        Operation = operation,
        Type = Type,
        Namespace = Namespace,
        Name = name,
        Subresource = Subresource,
        User = User,
        DryRun = Parameters.DryRun,
        Object = obj,
        Old = old,
        OptionsSource = Parameters.Options,
        Warn = Warn,
        Note = Note,
    };
}

/// <summary>An object as a write left it; in a dry run its bytes were made but not stored.</summary>
/// <param name="Json">With its resourceVersion (but for a dry-run create).</param>
internal readonly record struct Written(ReadOnlyMemory<byte> Json, long Revision, string Uid, bool Deleted = false);
