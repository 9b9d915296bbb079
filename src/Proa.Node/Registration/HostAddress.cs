using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Proa.Node.Registration;

/// <summary>Finds the address by which pods reach the node when none is given.</summary>
internal static class HostAddress
{
    /// <summary>That of the interface with the default route, else any that is up, else loopback.</summary>
    public static string Find()
    {
        string? any = null;
        foreach (var nic in NetworkInterface.GetAllNetworkInterfaces())
        {
            if (nic.OperationalStatus != OperationalStatus.Up || nic.NetworkInterfaceType == NetworkInterfaceType.Loopback
                || nic.Name.StartsWith("proa-", StringComparison.Ordinal) || nic.Name.StartsWith("veth", StringComparison.Ordinal))
            {
                continue;
            }
            var properties = nic.GetIPProperties();
            foreach (var address in properties.UnicastAddresses)
            {
                if (address.Address.AddressFamily != AddressFamily.InterNetwork)
                {
                    continue;
                }
                foreach (var gateway in properties.GatewayAddresses)
                {
                    if (gateway.Address.AddressFamily == AddressFamily.InterNetwork)
                    {
                        return address.Address.ToString();
                    }
                }
                any ??= address.Address.ToString();
            }
        }
        return any ?? "127.0.0.1";
    }
}
