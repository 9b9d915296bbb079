using Proa.Api.Models;
using Proa.Api.Models.Rbac;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.ClusterRoleAggregation;

/// <summary>Keeps the rules of each aggregated cluster role the union of those of the roles that its selectors name.</summary>
internal sealed class RoleAggregationController : IController
{
    private readonly ControllerContext _context;
    private readonly IInformer<ClusterRole> _roles;
    private readonly WorkQueue<string> _queue;

    public RoleAggregationController(ControllerContext context)
    {
        _context = context;
        _roles = context.Informers.Get<ClusterRole>();
        _queue = new(context.Time);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        await _roles.SyncedAsync(ct);
        using var roles = _roles.Subscribe(OnRole);
        await new ReconcileLoop<string>("clusterroleaggregation", _queue, ReconcileAsync, 1, _context.Logger).RunAsync(ct);
    }

    /// <summary>The rules of the selected roles, by selector, then by role's name, each once. Pure.</summary>
    public static List<PolicyRule> RulesOf(ClusterRole role, IReadOnlyList<ClusterRole> all)
    {
        var rules = new List<PolicyRule>();
        foreach (var selector in role.AggregationRule!.ClusterRoleSelectors)
        {
            var selected = all.Where(other => other.Metadata.Name != role.Metadata.Name && Selectors.Matches(selector, other.Metadata.Labels));
            foreach (var other in selected.OrderBy(other => other.Metadata.Name, StringComparer.Ordinal))
            {
                rules.AddRange(other.Rules.Where(rule => !rules.Contains(rule)));
            }
        }
        return rules;
    }

    // A change concerns the aggregated roles that select the role, before or after it: few, so all are looked at.
    private void OnRole(InformerEvent<ClusterRole> change)
    {
        if (change is { Old: { } old, New: { } current } && old.Rules.SequenceEqual(current.Rules) && old.AggregationRule == current.AggregationRule
            && Selectors.MatchesAll(old.Metadata.Labels, current.Metadata.Labels) && old.Metadata.Labels.Count == current.Metadata.Labels.Count)
        {
            return;
        }
        foreach (var role in _roles.List())
        {
            if (role.AggregationRule is not null)
            {
                _queue.Add(role.Metadata.Name!);
            }
        }
    }

    private async Task<ReconcileResult> ReconcileAsync(string name, CancellationToken ct)
    {
        if (_roles.Get(null, name) is not { AggregationRule: not null } role)
        {
            return ReconcileResult.Done;
        }
        var rules = RulesOf(role, _roles.List());
        if (rules.SequenceEqual(role.Rules))
        {
            return ReconcileResult.Done;
        }
        var wanted = new ClusterRole { Metadata = new() { Name = name }, Rules = rules };
        var applied = await _context.Client.PatchAsync(
            ResourcePath.Of(ClusterRole.Resource, null, name), PatchKind.Apply, Model.ToUtf8(wanted),
            new WriteOptions("clusterrole-aggregation-controller", Force: true), ct);
        return applied.Ok || applied.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(applied.Error);
    }
}
