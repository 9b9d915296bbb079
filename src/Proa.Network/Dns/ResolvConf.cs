using System.Net;
using System.Net.Sockets;

namespace Proa.Network.Dns;

/// <summary>The host's name servers. The file is looked at again when it is used and some seconds have passed. Thread-safe.</summary>
internal sealed class ResolvConf(string path, IReadOnlySet<IPAddress> own, TimeProvider time)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private IReadOnlyList<IPEndPoint> _servers = [];
    private DateTime _changed;
    private long _looked;

    /// <summary>In the file's order, without this server's own addresses: a question must not go in circles.</summary>
    public IReadOnlyList<IPEndPoint> Servers()
    {
        lock (_gate)
        {
            if (_looked != 0 && time.GetElapsedTime(_looked) < s_interval)
            {
                return _servers;
            }
            _looked = time.GetTimestamp();
            try
            {
                var changed = File.GetLastWriteTimeUtc(path);
                if (changed != _changed)
                {
                    _servers = Parse(File.ReadAllText(path), own);
                    _changed = changed;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It is being replaced; the last good one serves on.
            }
            return _servers;
        }
    }

    public static IReadOnlyList<IPEndPoint> Parse(string content, IReadOnlySet<IPAddress> own)
    {
        var servers = new List<IPEndPoint>();
        foreach (var line in content.Split('\n'))
        {
            var words = line.Split((char[])[' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 2 && words[0] == "nameserver" && IPAddress.TryParse(words[1], out var address)
                && !own.Contains(address) && address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6)
            {
                servers.Add(new IPEndPoint(address, 53));
            }
        }
        return servers;
    }
}
