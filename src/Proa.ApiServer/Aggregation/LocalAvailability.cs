namespace Proa.ApiServer.Aggregation;

/// <summary>Says of each APIService that this server serves itself that it is available, also of one that was another's before.</summary>
internal sealed class LocalAvailability(ApiServiceRegistry registry, AvailabilityStatus status, TimeProvider clock)
{
    private static readonly TimeSpan s_untilChanged = TimeSpan.FromDays(1);
    private readonly PacedLoop _loop = new(clock);

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        registry.Changed += _loop.Trigger;
        await _loop.RunAsync(SetAllAsync, ct);
        registry.Changed -= _loop.Trigger;
    }

    private async Task<TimeSpan> SetAllAsync(CancellationToken ct)
    {
        foreach (var service in registry.Current.All)
        {
            if (service is { Server: null, IsLocal: false })
            {
                await status.WriteAsync(service.Name, null, AvailableCondition.Local, ct);
            }
        }
        return s_untilChanged;
    }
}
