using System.Globalization;
using Proa.Api.Meta;
using Proa.Api.Models.Core;

namespace Proa.Node.Probes;

/// <summary>Where a probe or hook goes: a running container and its pod's address.</summary>
internal sealed record ProbeTarget(Pod Pod, Container Container, string ContainerId, string Ip)
{
    /// <summary>The port's number; a name is one of the container's own.</summary>
    /// <returns>Null when there is no such port.</returns>
    public int? PortOf(IntOrString? port)
    {
        if (port is not { } value)
        {
            return null;
        }
        if (value.IsInt)
        {
            return value.Number is > 0 and < 65536 ? value.Number : null;
        }
        foreach (var named in Container.Ports)
        {
            if (named.Name == value.Text)
            {
                return named.ContainerPortValue;
            }
        }
        return int.TryParse(value.Text, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 65536 ? number : null;
    }
}
