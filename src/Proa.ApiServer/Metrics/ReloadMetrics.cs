using System.Security.Cryptography;
using System.Text;

namespace Proa.ApiServer.Metrics;

/// <summary>How often a configuration file was taken over while the server ran. Thread-safe.</summary>
/// <param name="what"><c>authentication</c> or <c>authorization</c>.</param>
/// <param name="server">The server's name, told only as a hash.</param>
public sealed class ReloadMetrics(string what, string server, TimeProvider clock)
{
    private readonly string _hash = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(server)));
    private readonly Counter _succeeded = new();
    private readonly Counter _failed = new();
    private long _lastSuccess;
    private long _lastFailure;

    public void Succeeded()
    {
        _succeeded.Add();
        Interlocked.Exchange(ref _lastSuccess, clock.GetUtcNow().ToUnixTimeSeconds());
    }

    public void Failed()
    {
        _failed.Add();
        Interlocked.Exchange(ref _lastFailure, clock.GetUtcNow().ToUnixTimeSeconds());
    }

    internal void WriteTo(MetricsText text)
    {
        var name = $"apiserver_{what}_config_controller_automatic_reload";
        if (_succeeded.Value + _failed.Value == 0)
        {
            return;
        }
        text.Head(name + "_last_timestamp_seconds", "gauge", $"[BETA] Timestamp of the last automatic reload of {what} configuration split by status and apiserver identity.");
        Write("_last_timestamp_seconds", Interlocked.Read(ref _lastFailure), Interlocked.Read(ref _lastSuccess));
        text.Head(name + "s_total", "counter", $"[BETA] Total number of automatic reloads of {what} configuration split by status and apiserver identity.");
        Write("s_total", _failed.Value, _succeeded.Value);

        void Write(string suffix, long failed, long succeeded)
        {
            if (_failed.Value > 0)
            {
                text.Sample(name + suffix, failed, ("apiserver_id_hash", _hash), ("status", "failure"));
            }
            if (_succeeded.Value > 0)
            {
                text.Sample(name + suffix, succeeded, ("apiserver_id_hash", _hash), ("status", "success"));
            }
        }
    }
}
