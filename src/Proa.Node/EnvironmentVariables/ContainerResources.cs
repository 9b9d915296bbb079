using System.Globalization;
using Proa.Api.Meta;
using Proa.Api.Models.Core;

namespace Proa.Node.EnvironmentVariables;

/// <summary>A container's requests and limits as numbers: the downward API's <c>resourceFieldRef</c>.</summary>
internal static class ContainerResources
{
    /// <param name="own">The container that asks; null for a volume, whose items name theirs.</param>
    /// <param name="allocatable">The limit of a container that states none.</param>
    public static (string? Value, string? Error) Value(
        Pod pod, ResourceFieldSelector selector, Container? own, IReadOnlyDictionary<string, Quantity> allocatable)
    {
        var container = string.IsNullOrEmpty(selector.ContainerName) ? own : Find(pod, selector.ContainerName);
        if (container is null)
        {
            return (null, $"container {selector.ContainerName} not found");
        }
        var dot = selector.Resource.IndexOf('.');
        var side = dot < 0 ? "" : selector.Resource[..dot];
        var name = dot < 0 ? "" : selector.Resource[(dot + 1)..];
        var isHugePages = name.StartsWith("hugepages-", StringComparison.Ordinal);
        if (side is not ("limits" or "requests") || name is not ("cpu" or "memory" or "ephemeral-storage") && !isHugePages)
        {
            return (null, $"unsupported container resource : {selector.Resource}");
        }
        var amount = (side == "limits" ? container.Resources.Limits : container.Resources.Requests).GetValueOrDefault(name);
        if (side == "limits" && !isHugePages && amount.IsZero)
        {
            amount = allocatable.GetValueOrDefault(name);
        }
        var divisor = selector.Divisor is { IsZero: false } given ? given : Quantity.FromLong(1);
        var value = name == "cpu" ? CeilingOf(amount.MilliValue, divisor.MilliValue) : CeilingOf(amount.Value, divisor.Value);
        return (value.ToString(CultureInfo.InvariantCulture), null);
    }

    private static long CeilingOf(long amount, long divisor) => divisor == 0 ? 0 : (amount / divisor) + (amount % divisor > 0 ? 1 : 0);

    private static Container? Find(Pod pod, string name) =>
        pod.Spec.Containers.FirstOrDefault(c => c.Name == name) ?? pod.Spec.InitContainers.FirstOrDefault(c => c.Name == name);
}
