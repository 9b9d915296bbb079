using Proa.Api.Meta;

namespace Proa.Scheduler.Core;

/// <summary>Amounts of what nodes have and pods ask for. Immutable.</summary>
/// <param name="MilliCpu">Thousandths of a core.</param>
/// <param name="Memory">Bytes.</param>
/// <param name="EphemeralStorage">Bytes.</param>
/// <param name="Others">Extended resources and huge pages, ordered by name; those of amount 0 are left out.</param>
internal sealed record ResourceAmounts(long MilliCpu, long Memory, long EphemeralStorage, KeyValuePair<string, long>[] Others)
{
    public static readonly ResourceAmounts None = new(0, 0, 0, []);

    public bool IsNone => MilliCpu == 0 && Memory == 0 && EphemeralStorage == 0 && Others.Length == 0;

    public static ResourceAmounts Of(IReadOnlyDictionary<string, Quantity> quantities)
    {
        if (quantities.Count == 0)
        {
            return None;
        }
        long cpu = 0, memory = 0, ephemeral = 0;
        List<KeyValuePair<string, long>>? others = null;
        foreach (var (name, quantity) in quantities)
        {
            switch (name)
            {
                case "cpu":
                    cpu = quantity.MilliValue;
                    break;
                case "memory":
                    memory = quantity.Value;
                    break;
                case "ephemeral-storage":
                    ephemeral = quantity.Value;
                    break;
                case "pods":
                    break;
                default:
                    (others ??= []).Add(new(name, quantity.Value));
                    break;
            }
        }
        return new(cpu, memory, ephemeral, others is null ? [] : Ordered(others));
    }

    public static ResourceAmounts operator +(ResourceAmounts left, ResourceAmounts right) => Combine(left, right, static (a, b) => a + b);

    public static ResourceAmounts operator -(ResourceAmounts left, ResourceAmounts right) => Combine(left, right, static (a, b) => a - b);

    public static ResourceAmounts Max(ResourceAmounts left, ResourceAmounts right) => Combine(left, right, Math.Max);

    public long Other(string name)
    {
        foreach (var (other, amount) in Others)
        {
            if (other == name)
            {
                return amount;
            }
        }
        return 0;
    }

    private static ResourceAmounts Combine(ResourceAmounts left, ResourceAmounts right, Func<long, long, long> combine)
    {
        var others = left.Others;
        if (left.Others.Length > 0 || right.Others.Length > 0)
        {
            var names = left.Others.Select(other => other.Key).Union(right.Others.Select(other => other.Key));
            others = Ordered(names.Select(name => new KeyValuePair<string, long>(name, combine(left.Other(name), right.Other(name)))));
        }
        return new(
            combine(left.MilliCpu, right.MilliCpu),
            combine(left.Memory, right.Memory),
            combine(left.EphemeralStorage, right.EphemeralStorage),
            others);
    }

    private static KeyValuePair<string, long>[] Ordered(IEnumerable<KeyValuePair<string, long>> amounts) =>
        [.. amounts.Where(amount => amount.Value != 0).OrderBy(amount => amount.Key, StringComparer.Ordinal)];
}
