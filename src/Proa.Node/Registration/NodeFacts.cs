using System.Globalization;
using System.Runtime.InteropServices;
using Proa.Api.Meta;
using Proa.Api.Models.Core;

namespace Proa.Node.Registration;

/// <summary>What the machine is and has, read from the kernel.</summary>
internal static class NodeFacts
{
    /// <summary>Kept free of pods, so that the machine never starves: kubelet's default eviction threshold.</summary>
    private const long ReservedMemory = 100L << 20;

    public static string Architecture => RuntimeInformation.ProcessArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
        var other => other.ToString().ToLowerInvariant(),
    };

    /// <summary>Bytes.</summary>
    public static long Memory()
    {
        foreach (var line in File.ReadLines("/proc/meminfo"))
        {
            // MemTotal:       24684096 kB
            if (line.StartsWith("MemTotal:", StringComparison.Ordinal))
            {
                return long.Parse(line.AsSpan(9, line.Length - 12).Trim(), CultureInfo.InvariantCulture) * 1024;
            }
        }
        return GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
    }

    public static IReadOnlyDictionary<string, Quantity> Capacity(string directory, int maxPods)
    {
        var capacity = new Dictionary<string, Quantity>(StringComparer.Ordinal)
        {
            ["cpu"] = Quantity.FromLong(Environment.ProcessorCount),
            ["ephemeral-storage"] = Kibi(new DriveInfo(directory).TotalSize),
            ["memory"] = Kibi(Memory()),
            ["pods"] = Quantity.FromLong(maxPods),
        };
        foreach (var (name, bytes) in HugePages())
        {
            capacity[name] = Quantity.FromLong(bytes, QuantityFormat.BinarySi);
        }
        return capacity;
    }

    public static IReadOnlyDictionary<string, Quantity> Allocatable(IReadOnlyDictionary<string, Quantity> capacity)
    {
        var allocatable = new Dictionary<string, Quantity>(capacity, StringComparer.Ordinal);
        allocatable["memory"] = Kibi(Math.Max(capacity["memory"].Value - ReservedMemory, 0));
        return allocatable;
    }

    public static NodeSystemInfo SystemInfo(string runtimeVersion, string kubeletVersion)
    {
        var machine = ReadLine("/etc/machine-id");
        return new()
        {
            Architecture = Architecture,
            BootID = ReadLine("/proc/sys/kernel/random/boot_id"),
            ContainerRuntimeVersion = $"containerd://{runtimeVersion}",
            KernelVersion = ReadLine("/proc/sys/kernel/osrelease"),
            KubeletVersion = kubeletVersion,
            MachineID = machine,
            OperatingSystem = "linux",
            OsImage = OsImage(),
            SystemUUID = ReadLine("/sys/class/dmi/id/product_uuid") is { Length: > 0 } uuid ? uuid : machine,
        };
    }

    private static IEnumerable<(string, long)> HugePages()
    {
        const string Root = "/sys/kernel/mm/hugepages";
        if (!Directory.Exists(Root))
        {
            yield break;
        }
        foreach (var directory in Directory.EnumerateDirectories(Root).Order(StringComparer.Ordinal))
        {
            // hugepages-2048kB
            var name = Path.GetFileName(directory);
            if (long.TryParse(name.AsSpan(10, name.Length - 12), CultureInfo.InvariantCulture, out var kibi)
                && long.TryParse(ReadLine(directory + "/nr_hugepages"), CultureInfo.InvariantCulture, out var pages))
            {
                yield return ($"hugepages-{Kibi(kibi * 1024)}", pages * kibi * 1024);
            }
        }
    }

    private static string OsImage()
    {
        if (File.Exists("/etc/os-release"))
        {
            foreach (var line in File.ReadLines("/etc/os-release"))
            {
                if (line.StartsWith("PRETTY_NAME=", StringComparison.Ordinal))
                {
                    return line[12..].Trim('"');
                }
            }
        }
        return "Linux";
    }

    private static string ReadLine(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static Quantity Kibi(long bytes) => Quantity.FromLong(bytes / 1024 * 1024, QuantityFormat.BinarySi);
}
