using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Proa.Cluster;

/// <summary>Reads, makes and checks <c>cluster.json</c>.</summary>
internal static class ClusterConfigFile
{
    /// <summary>Null when the directory holds no cluster yet.</summary>
    /// <exception cref="UserException">The file is unreadable, broken or of a newer version.</exception>
    public static ClusterConfig? Read(ClusterPaths paths)
    {
        byte[] json;
        try
        {
            json = File.ReadAllBytes(paths.Config);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            throw new UserException($"{paths.Config} is not readable by this user", "run proa as root (sudo)");
        }
        try
        {
            var config = JsonSerializer.Deserialize(json, ClusterJson.Default.ClusterConfig)!;
            return config.DataVersion <= ClusterConfig.CurrentDataVersion
                ? config
                : throw new UserException(
                    $"{paths.Root} was written by a newer version of Proa (data version {config.DataVersion}, this one knows {ClusterConfig.CurrentDataVersion})",
                    "start the newer version, or choose another --data-dir; nothing was changed");
        }
        catch (JsonException e)
        {
            throw new UserException($"{paths.Config} is broken: {e.Message}", "restore it from a backup, or choose another --data-dir; nothing was changed");
        }
    }

    /// <summary>The stored settings with the given ones over them; stored anew when they differ.</summary>
    /// <exception cref="UserException">A setting was given that cannot change once pods and services exist.</exception>
    public static ClusterConfig Settle(ClusterPaths paths, UpOptions options)
    {
        var config = Plan(paths, options);
        Save(paths, config);
        return config;
    }

    /// <summary>The same, but nothing is stored yet.</summary>
    /// <exception cref="UserException">A setting was given that cannot change once pods and services exist.</exception>
    public static ClusterConfig Plan(ClusterPaths paths, UpOptions options)
    {
        var stored = Read(paths);
        var config = (stored ?? new ClusterConfig { Id = IdOf(paths), NodeName = Environment.MachineName.ToLowerInvariant() }) with { };
        config = config with
        {
            NodeName = options.NodeName ?? config.NodeName,
            Bind = options.Bind ?? config.Bind,
            AdvertiseAddress = options.AdvertiseAddress ?? config.AdvertiseAddress,
            ApiPort = options.ApiPort ?? config.ApiPort,
            PodRange = options.PodRange ?? config.PodRange,
            ServiceRange = options.ServiceRange ?? config.ServiceRange,
            NodePorts = options.NodePorts ?? config.NodePorts,
            Etcd = options.Etcd ?? config.Etcd,
        };
        if (stored is { Etcd: null } && config.Etcd is not null)
        {
            throw new UserException(
                $"{paths.Root} holds a cluster of its own, which is not in etcd", "move it there with `proa migrate --to etcd`, or choose another --data-dir for this server");
        }
        if (stored is not null && (stored.PodRange != config.PodRange || stored.ServiceRange != config.ServiceRange || stored.NodeName != config.NodeName))
        {
            throw new UserException(
                $"{paths.Root} holds a cluster with pod range {stored.PodRange}, service range {stored.ServiceRange} and node name {stored.NodeName}, which cannot change",
                "leave those options out, choose another --data-dir, or remove the cluster with `proa reset`");
        }
        return config;
    }

    public static void Save(ClusterPaths paths, ClusterConfig config)
    {
        if (Read(paths) != config)
        {
            SafeFile.Write(paths.Config, JsonSerializer.SerializeToUtf8Bytes(config, ClusterJson.Default.ClusterConfig));
        }
    }

    internal static string IdOf(ClusterPaths paths) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(paths.Root)).AsSpan(0, 4));
}
