using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Proa.Api.Models.Coordination;
using Proa.Client;

namespace Proa.ApiServer.Servers;

/// <summary>
/// Tells that an API server lives, as the Lease <c>apiserver-HASH</c> in <c>kube-system</c>, and removes those of servers that
/// have been silent for their whole duration.
/// </summary>
public sealed partial class ServerLease(string server, IClusterClient client, TimeProvider time, ILogger logger)
{
    private const string Namespace = "kube-system";
    private const string Label = "apiserver.kubernetes.io/identity";
    private const int DurationSeconds = 3600;
    private static readonly TimeSpan s_renewal = TimeSpan.FromSeconds(10);
    private readonly string _name = NameOf(server);
    private readonly string _holder = $"{NameOf(server)}_{Guid.NewGuid()}";

    /// <summary>Renews until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            for (var round = 0; ; round++)
            {
                try
                {
                    await RenewAsync(ct);
                    if (round % 360 == 0)
                    {
                        await CollectAsync(ct);
                    }
                }
                catch (HttpRequestException e)
                {
                    LogFailed(logger, _name, e.Message);
                }
                await Task.Delay(s_renewal, time, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end.
        }
    }

    /// <summary>The same for the same server at each start: 26 letters and digits from its name.</summary>
    internal static string NameOf(string server)
    {
        const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
        var text = new StringBuilder("apiserver-");
        var (bits, count) = (0, 0);
        foreach (var value in SHA256.HashData(Encoding.UTF8.GetBytes(server)).AsSpan(0, 16))
        {
            (bits, count) = ((bits << 8) | value, count + 8);
            for (; count >= 5; count -= 5)
            {
                text.Append(Alphabet[(bits >> (count - 5)) & 31]);
            }
        }
        return text.Append(Alphabet[(bits << (5 - count)) & 31]).ToString();
    }

    private async Task RenewAsync(CancellationToken ct)
    {
        var renewed = await client.ModifyAsync<Lease>(Namespace, _name, lease => lease with { Spec = Spec() }, ct);
        if (renewed.IsNotFound)
        {
            renewed = await client.CreateAsync(
                new Lease
                {
                    Metadata = new()
                    {
                        Namespace = Namespace,
                        Name = _name,
                        Labels = new Dictionary<string, string> { [Label] = "kube-apiserver", ["kubernetes.io/hostname"] = Environment.MachineName },
                    },
                    Spec = Spec(),
                },
                ct);
        }
        if (!renewed.Ok)
        {
            LogFailed(logger, _name, renewed.Error.Message);
        }
    }

    private LeaseSpec Spec() => new() { HolderIdentity = _holder, LeaseDurationSeconds = DurationSeconds, RenewTime = time.GetUtcNow() };

    private async Task CollectAsync(CancellationToken ct)
    {
        var all = await client.ListAsync<Lease>(Namespace, new ListOptions(LabelSelector: $"{Label}=kube-apiserver"), ct);
        foreach (var lease in all.Ok ? all.Value.Items : [])
        {
            // Hours of silence: no two machines' clocks are that far apart.
            if (lease.Spec.RenewTime is { } renewed && renewed.AddSeconds(lease.Spec.LeaseDurationSeconds ?? DurationSeconds) < time.GetUtcNow())
            {
                await client.DeleteAsync<Lease>(Namespace, lease.Metadata.Name!, new DeleteRequest(ResourceVersion: lease.Metadata.ResourceVersion), ct);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lease {Name} was not renewed: {Why}")]
    private static partial void LogFailed(ILogger logger, string name, string? why);
}
