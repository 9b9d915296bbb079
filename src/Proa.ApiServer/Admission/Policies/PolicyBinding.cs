using Proa.Api.Json;
using Proa.Api.Selectors;
using Proa.ApiServer.Admission.Matching;
using Proa.ApiServer.Objects;

namespace Proa.ApiServer.Admission.Policies;

/// <summary>Puts a policy into force, for some requests, with some parameters. Immutable.</summary>
internal sealed class PolicyBinding
{
    public PolicyBinding(JsonObject binding)
    {
        var spec = binding.Object("spec") ?? [];
        Name = Metadata.Name(binding);
        Policy = spec.String("policyName") ?? "";
        Match = spec.Object("matchResources") is { } match ? MatchResources.OfPolicy(match) : null;
        Parameters = spec.Object("paramRef") is { } reference ? new(reference) : null;
        Actions = [.. (spec.Array("validationActions") ?? []).OfType<JsonString>().Select(static action => action.Value)];
    }

    public string Name { get; }

    public string Policy { get; }

    /// <summary>Null: all that the policy matches.</summary>
    public MatchResources? Match { get; }

    public ParameterReference? Parameters { get; }

    /// <summary><c>Deny</c>, <c>Warn</c>, <c>Audit</c>.</summary>
    public IReadOnlyList<string> Actions { get; }
}

/// <summary>Which objects are a policy's parameters. Immutable.</summary>
internal sealed class ParameterReference(JsonObject reference)
{
    public string Name { get; } = reference.String("name") ?? "";

    public string Namespace { get; } = reference.String("namespace") ?? "";

    /// <summary>Null: by name.</summary>
    public LabelSelector? Selector { get; } = reference.Object("selector") is { } selector ? SelectorReader.Of(selector) : null;

    public bool DeniesWithout { get; } = reference.String("parameterNotFoundAction") == "Deny";
}

internal sealed record ParameterKind(string ApiVersion, string Kind);
