using Proa.Api.Models.Core;
using Proa.Node.Cri.V1;

namespace Proa.Node.Pods;

/// <summary>A pod's resolver settings, from its DNS policy, its own settings and the host's.</summary>
/// <param name="clusterDns">The address of the cluster's DNS; null when there is none.</param>
/// <param name="clusterDomain">Such as <c>cluster.local</c>.</param>
/// <param name="hostFile">The host's <c>resolv.conf</c>.</param>
internal sealed class PodDns(string? clusterDns, string clusterDomain, string hostFile)
{
    public DNSConfig For(Pod pod)
    {
        var config = new DNSConfig();
        var policy = pod.Spec.DnsPolicy ?? "ClusterFirst";
        if (policy != "None")
        {
            ReadHost(config);
            var cluster = clusterDns is not null && (policy == "ClusterFirstWithHostNet" || (policy == "ClusterFirst" && pod.Spec.HostNetwork != true));
            if (cluster)
            {
                config.Servers.Clear();
                config.Servers.Add(clusterDns);
                var host = config.Searches.ToArray();
                config.Searches.Clear();
                config.Searches.Add((string[])[$"{pod.Metadata.Namespace}.svc.{clusterDomain}", $"svc.{clusterDomain}", clusterDomain]);
                AddMissing(config.Searches, host);
                config.Options.Clear();
                config.Options.Add("ndots:5");
            }
        }
        if (pod.Spec.DnsConfig is { } own)
        {
            AddMissing(config.Servers, own.Nameservers);
            AddMissing(config.Searches, own.Searches);
            foreach (var option in own.Options)
            {
                AddOption(config, option);
            }
        }
        return config;
    }

    private void ReadHost(DNSConfig config)
    {
        if (!File.Exists(hostFile))
        {
            return;
        }
        foreach (var line in File.ReadLines(hostFile))
        {
            // nameserver 10.0.0.2
            var fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            switch (fields)
            {
                case ["nameserver", var server, ..]:
                    config.Servers.Add(server);
                    break;
                case ["search", .. var domains]:
                    config.Searches.Clear();
                    config.Searches.Add(domains.Where(domain => domain != "."));
                    break;
                case ["options", .. var options]:
                    config.Options.Clear();
                    config.Options.Add(options);
                    break;
                default:
                    break;
            }
        }
    }

    private static void AddOption(DNSConfig config, PodDNSConfigOption option)
    {
        var text = string.IsNullOrEmpty(option.Value) ? option.Name ?? "" : $"{option.Name}:{option.Value}";
        for (var i = 0; i < config.Options.Count; i++)
        {
            if (config.Options[i].Split(':')[0] == option.Name)
            {
                config.Options[i] = text;
                return;
            }
        }
        config.Options.Add(text);
    }

    private static void AddMissing(Google.Protobuf.Collections.RepeatedField<string> list, IEnumerable<string> values)
    {
        foreach (var value in values)
        {
            if (!list.Contains(value))
            {
                list.Add(value);
            }
        }
    }
}
