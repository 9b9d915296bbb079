using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Admission.Matching;
using Proa.ApiServer.Metrics;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security;
using Proa.ApiServer.Types;
using Proa.ApiServer.Verbs;
using Proa.Store;

namespace Proa.ApiServer.Admission.Policies;

/// <summary>Changes requests as the MutatingAdmissionPolicies that are bound say. Without any it costs one look at an empty list.</summary>
internal sealed class MutatingPolicies(IObjectStore store, TypeCatalog types, IAuthorizer? authorizer, AdmissionMetrics metrics, TimeProvider clock) : IAdmissionStep
{
    private readonly PolicyParameters _parameters = new(store, types);

    private readonly PolicySet<MutatingPolicy> _policies = new(store,
        "mutatingadmissionpolicies.admissionregistration.k8s.io",
        "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
        static policy => new MutatingPolicy(policy));

    public ValueTask<Status?> MutateAsync(AdmissionRequest request, CancellationToken ct)
    {
        var policies = _policies.All;
        return policies.Count == 0 || PolicyScope.IsExempt(request) ? default : new(Mutate(request, policies, ct));
    }

    private Status? Mutate(AdmissionRequest request, IReadOnlyList<BoundPolicy<MutatingPolicy>> policies, CancellationToken ct)
    {
        var rounds = request.StateOf<Rounds>(this);
        if (request.IsReinvoked && rounds.LastOutput is { } last && !last.DeepEquals(request.Object))
        {
            rounds.RequireAgain();
        }
        var errors = new List<(string Message, string Reason)>();
        var invocations = Invocations(request, policies, errors);
        foreach (var invocation in invocations)
        {
            if (Invoke(invocation, request, rounds, errors, ct) is { } broken)
            {
                return broken;
            }
        }
        rounds.LastOutput = request.Object?.CloneObject();
        if (errors.Count == 0)
        {
            return null;
        }
        var forbidden = Statuses.Forbidden(request.GroupResource, request.ShownName, "");
        return forbidden with
        {
            Message = errors[0].Message,
            Reason = errors[0].Reason,
            Details = forbidden.Details! with { Causes = [.. errors.Select(static error => new StatusCause { Message = error.Message })] },
        };
    }

    /// <summary>All are told before the first is run: what one changes does not bring others in.</summary>
    private List<Invocation> Invocations(AdmissionRequest request, IReadOnlyList<BoundPolicy<MutatingPolicy>> policies, List<(string, string)> errors)
    {
        var invocations = new List<Invocation>();
        foreach (var (policy, bindings, _) in policies)
        {
            var matched = policy.Match.Match(request, store, types);
            var broken = matched.Error ?? (matched.IsMatch ? _parameters.KindError(policy.ParameterKind) : null);
            if (broken is not null)
            {
                Fail(policy, null, $"failed to configure policy: {broken}", "Forbidden", errors);
            }
            else if (matched.Type is { } type)
            {
                foreach (var binding in bindings)
                {
                    Collect(request, policy, binding, type, invocations, errors);
                }
            }
        }
        return invocations;
    }

    private void Collect(AdmissionRequest request, MutatingPolicy policy, PolicyBinding binding, ServedType type, List<Invocation> invocations, List<(string, string)> errors)
    {
        var matched = binding.Match?.Match(request, store, types) ?? new ResourceMatch(type, null);
        if (matched is { IsMatch: false, Error: null })
        {
            return;
        }
        var error = matched.Error;
        IReadOnlyList<JsonObject?> parameters = error is null ? _parameters.Find(policy.ParameterKind, binding.Parameters, request.Namespace, out error) : [];
        if (error is not null)
        {
            Fail(policy, binding, $"failed to configure binding: {error}", "Forbidden", errors);
            return;
        }
        foreach (var parameter in parameters)
        {
            invocations.Add(new(policy, binding, type, parameter));
        }
    }

    private Status? Invoke(Invocation invocation, AdmissionRequest request, Rounds rounds, List<(string, string)> errors, CancellationToken ct)
    {
        var (policy, binding, type, parameter) = invocation;
        var variables = new AdmissionVariables(request, type, types, store, authorizer, ct) { Parameters = parameter };
        if (policy.Conditions is { } conditions)
        {
            var decision = conditions.Evaluate(variables, ct);
            if (decision.Error is { } error)
            {
                Fail(policy, binding, error, "Invalid", errors);
                return null;
            }
            if (!decision.Matches)
            {
                return null;
            }
        }
        if ((request.IsReinvoked && !rounds.Again.Contains(invocation.Key)) || request.Object is null)
        {
            return null;
        }
        var before = request.Object.CloneObject();
        var schema = request.IsForeign || request.Subresource == "scale" ? null : types.FindRules(type.Group, type.Version, type.Plural)?.Schema;
        for (var i = 0; i < policy.Count; i++)
        {
            var started = clock.GetTimestamp();
            variables.Forget();
            variables.Compose(policy.Variables);
            var (changed, error) = policy.Mutate(i, ObjectView.Of(request, type, request.Object, types)!.CloneObject(), schema, variables, ct);
            metrics.PolicyMutated(policy.Name, binding.Name, changed is null ? "invalid_error" : "no_error", clock.GetElapsedTime(started));
            if (changed is null)
            {
                Fail(policy, binding, error!, "Invalid", errors);
            }
            else if (ObjectView.Take(request, type, changed, types, FieldValidation.Strict) is { } broken)
            {
                return broken;
            }
        }
        if (!before.DeepEquals(request.Object))
        {
            rounds.RequireAgain();
            request.WantsReinvocation = true;
        }
        if (policy.IsReinvocable)
        {
            rounds.Asked.Add(invocation.Key);
        }
        return null;
    }

    private static void Fail(MutatingPolicy policy, PolicyBinding? binding, string message, string reason, List<(string, string)> errors)
    {
        if (!policy.Ignores)
        {
            errors.Add((binding is null
                ? $"policy \"{policy.Name}\" denied request: {message}"
                : $"policy '{policy.Name}' with binding '{binding.Name}' denied request: {message}", reason));
        }
    }

    private sealed record Invocation(MutatingPolicy Policy, PolicyBinding Binding, ServedType Type, JsonObject? Parameter)
    {
        public string Key { get; } = $"{Policy.Name}/{Binding.Name}/{(Parameter is null ? "" : $"{Metadata.Namespace(Parameter)}/{Metadata.Name(Parameter)}")}";
    }

    /// <summary>What was run for one request, and what is to be run again.</summary>
    private sealed class Rounds
    {
        public HashSet<string> Asked { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Again { get; } = new(StringComparer.Ordinal);

        public JsonObject? LastOutput { get; set; }

        public void RequireAgain()
        {
            Again.UnionWith(Asked);
            Asked.Clear();
        }
    }
}
