using System.Collections.Concurrent;

namespace Proa.Store.Encryption;

/// <summary>
/// Who reads and writes the values of each resource: the first writes, all read. Keyed by <c>resource.group</c>, where
/// <c>*.group</c> stands for what is not named of a group (<c>*.</c>: of the core) and <c>*.*</c> for all else. Immutable.
/// </summary>
internal sealed class EncryptionProviders(IReadOnlyDictionary<string, IReadOnlyList<ValueProvider>> rules)
{
    private static readonly IReadOnlyList<ValueProvider> s_plain = [ValueProvider.Identity];

    private readonly ConcurrentDictionary<string, IReadOnlyList<ValueProvider>> _found = new(StringComparer.Ordinal);

    /// <param name="resource">As in <see cref="ObjectKey.Resource"/>.</param>
    public IReadOnlyList<ValueProvider> For(string resource) =>
        _found.TryGetValue(resource, out var known) ? known : _found.GetOrAdd(resource, Find(resource));

    private IReadOnlyList<ValueProvider> Find(string resource)
    {
        var dot = resource.IndexOf('.', StringComparison.Ordinal);
        var (name, group) = dot < 0 ? (resource, "") : (resource[..dot], resource[(dot + 1)..]);
        return rules.TryGetValue($"{name}.{group}", out var found) || rules.TryGetValue($"*.{group}", out found) || rules.TryGetValue("*.*", out found)
            ? found
            : s_plain;
    }
}
