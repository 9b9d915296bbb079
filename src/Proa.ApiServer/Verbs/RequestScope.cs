using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security;
using Proa.ApiServer.Types;
using Proa.Store;

namespace Proa.ApiServer.Verbs;

/// <summary>A routed request for a resource: what every verb starts from. For one request.</summary>
internal sealed class RequestScope(ApiRequest request, TypeRules rules, AnswerFormat format)
{
    private List<string>? _warnings;

    public ApiRequest Request { get; } = request;

    public TypeRules Rules { get; } = rules;

    public ServedType Type => Rules.Type;

    /// <summary>The answer's form; its encoding is not the verbs' matter.</summary>
    public AnswerFormat Format { get; } = format;

    public UserInfo User => Request.User;

    /// <summary>Empty: cluster-scoped, or all namespaces.</summary>
    public string Namespace { get; } = rules.Type.Namespaced ? request.Info.Namespace : "";

    public string Name => Request.Info.NameFromSelector ? "" : Request.Info.Name;

    public string Subresource => Request.Info.Subresource;

    public string GroupResource => Type.Info.GroupResource;

    public ObjectKey Key => KeyOf(Name);

    public IReadOnlyList<string> Warnings => _warnings ?? (IReadOnlyList<string>)[];

    public ObjectKey KeyOf(string name) => new(Type.Collection, Namespace, name);

    public void Warn(string text)
    {
        _warnings ??= [];
        if (!_warnings.Contains(text))
        {
            _warnings.Add(text);
        }
    }
}
