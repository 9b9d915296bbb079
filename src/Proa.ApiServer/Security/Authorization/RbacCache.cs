using System.Collections.Concurrent;
using System.Collections.Immutable;
using Proa.Api.Models;
using Proa.Api.Models.Rbac;
using Proa.Store;

namespace Proa.ApiServer.Security.Authorization;

/// <summary>
/// The roles and bindings of the store, laid out for the question "what may this subject do here". It follows the store while
/// <see cref="RunAsync"/> runs; reads are lock-free.
/// </summary>
public sealed class RbacCache
{
    private const string Roles = "roles.rbac.authorization.k8s.io";
    private const string ClusterRoles = "clusterroles.rbac.authorization.k8s.io";
    private const string RoleBindings = "rolebindings.rbac.authorization.k8s.io";
    private const string ClusterRoleBindings = "clusterrolebindings.rbac.authorization.k8s.io";
    private static readonly string[] s_collections = [ClusterRoles, ClusterRoleBindings, Roles, RoleBindings];
    private readonly IObjectStore _store;
    private readonly Lock _writing = new();
    private readonly Dictionary<string, long> _revisions = [];
    private readonly ConcurrentDictionary<ObjectKey, IReadOnlyList<PolicyRule>> _rules = new();
    private readonly ConcurrentDictionary<string, ImmutableArray<Binding>> _bySubject = new(StringComparer.Ordinal);
    private readonly Dictionary<ObjectKey, Binding> _bindings = [];
    private readonly Dictionary<string, IStoreWatch> _watches = [];
    private long _version;

    /// <summary>Loads what the store holds, so that it answers at once.</summary>
    public RbacCache(IObjectStore store)
    {
        _store = store;
        foreach (var collection in s_collections)
        {
            Load(collection);
        }
    }

    /// <summary>Follows the store until cancelled.</summary>
    public Task RunAsync(CancellationToken ct) => Task.WhenAll(s_collections.Select(collection => FollowAsync(collection, ct)));

    /// <summary>Grows with each change.</summary>
    internal long Version => Volatile.Read(ref _version);

    /// <summary>Takes over at once what the store has told already.</summary>
    internal void CatchUp()
    {
        lock (_writing)
        {
            foreach (var (collection, watch) in _watches)
            {
                Drain(collection, watch);
            }
        }
    }

    /// <summary>The rules of a cluster role; empty when there is none.</summary>
    public IReadOnlyList<PolicyRule> ClusterRole(string name) => _rules.GetValueOrDefault(new(ClusterRoles, "", name), []);

    /// <summary>The rules that a role of a binding stands for; null when the role does not exist.</summary>
    public IReadOnlyList<PolicyRule>? RulesOf(RoleRef role, string ns) => _rules.GetValueOrDefault(Key(role, ns));

    /// <summary>The bindings that name the user or one of the groups, in a namespace and cluster-wide, with their rules.</summary>
    /// <param name="ns">Empty: only cluster-wide ones.</param>
    /// <param name="visit">Called for each; false ends the walk.</param>
    public void Visit<TState>(UserInfo user, string ns, ref TState state, Visitor<TState> visit)
    {
        if (!VisitSubject("u:" + user.Name, ns, ref state, visit))
        {
            return;
        }
        foreach (var group in user.Groups)
        {
            if (!VisitSubject("g:" + group, ns, ref state, visit))
            {
                return;
            }
        }
    }

    /// <summary>What is wrong with the bindings that <see cref="Visit"/> passes over because their role does not exist, cluster-wide ones first.</summary>
    internal IReadOnlyList<string> MissingRoles(UserInfo user, string ns)
    {
        List<string>? missing = null;
        Collect("u:" + user.Name);
        foreach (var group in user.Groups)
        {
            Collect("g:" + group);
        }
        missing?.Sort(StringComparer.Ordinal);
        return missing ?? [];

        void Collect(string subject)
        {
            foreach (var binding in _bySubject.GetValueOrDefault(subject, []))
            {
                if ((binding.Key.Namespace.Length == 0 || (ns.Length > 0 && binding.Key.Namespace == ns)) && !_rules.ContainsKey(binding.Role))
                {
                    var text = $"{(binding.Role.Resource == Roles ? "role" : "clusterrole")}.rbac.authorization.k8s.io \"{binding.Role.Name}\" not found";
                    if (!(missing ??= []).Contains(text))
                    {
                        missing.Add(text);
                    }
                }
            }
        }
    }

    /// <returns>False to stop.</returns>
    public delegate bool Visitor<TState>(Binding binding, IReadOnlyList<PolicyRule> rules, ref TState state);

    private bool VisitSubject<TState>(string subject, string ns, ref TState state, Visitor<TState> visit)
    {
        if (!_bySubject.TryGetValue(subject, out var bindings))
        {
            return true;
        }
        foreach (var binding in bindings)
        {
            var applies = binding.Key.Namespace.Length == 0 || (ns.Length > 0 && binding.Key.Namespace == ns);
            if (applies && _rules.TryGetValue(binding.Role, out var rules) && !visit(binding, rules, ref state))
            {
                return false;
            }
        }
        return true;
    }

    private async Task FollowAsync(string collection, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            using var watch = _store.Watch(collection, null, _revisions[collection]);
            if (watch is null)
            {
                Load(collection);
                continue;
            }
            try
            {
                lock (_writing)
                {
                    _watches[collection] = watch;
                }
                while (await watch.Changes.WaitToReadAsync(ct))
                {
                    lock (_writing)
                    {
                        Drain(collection, watch);
                    }
                }
                if (!watch.Overrun)
                {
                    return;
                }
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            finally
            {
                lock (_writing)
                {
                    _watches.Remove(collection);
                }
            }
        }
    }

    /// <summary>Under the lock.</summary>
    private void Drain(string collection, IStoreWatch watch)
    {
        while (watch.Changes.TryRead(out var change))
        {
            Apply(change.Object, change.Kind == ChangeKind.Deleted);
            _revisions[collection] = change.Object.Revision;
        }
    }

    private void Load(string collection)
    {
        var snapshot = _store.List(collection, null)!;
        lock (_writing)
        {
            var there = snapshot.Items.Select(item => item.Key).ToHashSet();
            Interlocked.Increment(ref _version);
            foreach (var gone in _rules.Keys.Concat(_bindings.Keys).Where(key => key.Resource == collection && !there.Contains(key)).ToList())
            {
                Forget(gone);
            }
            foreach (var item in snapshot.Items)
            {
                Apply(item, deleted: false);
            }
            _revisions[collection] = snapshot.Revision;
        }
    }

    private void Apply(StoredObject stored, bool deleted)
    {
        Interlocked.Increment(ref _version);
        Forget(stored.Key, keepRules: !deleted);
        if (deleted)
        {
            return;
        }
        switch (stored.Key.Resource)
        {
            case Roles:
                _rules[stored.Key] = Model.Read<Role>(stored.Json).Rules;
                break;
            case ClusterRoles:
                _rules[stored.Key] = Model.Read<ClusterRole>(stored.Json).Rules;
                break;
            case RoleBindings:
                var namespaced = Model.Read<RoleBinding>(stored.Json);
                Add(stored.Key, namespaced.RoleRef, namespaced.Subjects);
                break;
            default:
                var wide = Model.Read<ClusterRoleBinding>(stored.Json);
                Add(stored.Key, wide.RoleRef, wide.Subjects);
                break;
        }
    }

    private void Add(ObjectKey key, RoleRef role, IReadOnlyList<Subject> subjects)
    {
        var binding = new Binding(key, Key(role, key.Namespace), [.. subjects.Select(subject => SubjectKey(subject, key.Namespace)).Distinct()]);
        _bindings[key] = binding;
        foreach (var subject in binding.Subjects)
        {
            _bySubject.AddOrUpdate(subject, [binding], (_, others) => others.Add(binding));
        }
    }

    private void Forget(ObjectKey key, bool keepRules = false)
    {
        if (!keepRules)
        {
            _rules.TryRemove(key, out _);
        }
        if (!_bindings.Remove(key, out var binding))
        {
            return;
        }
        foreach (var subject in binding.Subjects)
        {
            if (_bySubject.AddOrUpdate(subject, [], (_, others) => others.Remove(binding)).IsEmpty)
            {
                _bySubject.TryRemove(subject, out _);
            }
        }
    }

    private static ObjectKey Key(RoleRef role, string ns) =>
        role.Kind == "ClusterRole" ? new(ClusterRoles, "", role.Name) : new(Roles, ns, role.Name);

    private static string SubjectKey(Subject subject, string ns) => subject.Kind switch
    {
        "Group" => "g:" + subject.Name,
        "ServiceAccount" => "u:" + Tokens.TokenClaims.UserName(string.IsNullOrEmpty(subject.Namespace) ? ns : subject.Namespace, subject.Name),
        _ => "u:" + subject.Name,
    };

    /// <param name="Key">Its namespace is empty for cluster-wide bindings.</param>
    /// <param name="Subjects">As the cache keys them: <c>u:NAME</c>, <c>g:NAME</c>.</param>
    public sealed record Binding(ObjectKey Key, ObjectKey Role, ImmutableArray<string> Subjects);
}
