namespace Proa.Scheduler.Core;

/// <summary>A port of the node's own that a pod takes.</summary>
/// <param name="Ip">Empty: all addresses.</param>
internal readonly record struct HostPort(string Ip, string Protocol, int Port)
{
    public bool ConflictsWith(in HostPort other) =>
        Port == other.Port && Protocol == other.Protocol && (Ip.Length == 0 || other.Ip.Length == 0 || Ip == other.Ip);
}
