namespace Proa.ApiServer.Fairness;

/// <summary>
/// How many seats a level could have used, by time: the mean, deviation and highest of each period, and a value that follows
/// them up at once and down with a half-life of five minutes. Guarded by the level's lock.
/// </summary>
internal sealed class SeatDemand(TimeProvider time)
{
    private const double Kept = 0.977;
    private long _since = time.GetTimestamp();
    private double _now;
    private double _most;
    private double _seconds;
    private double _sum;
    private double _squares;

    public double Average { get; private set; }

    public double Deviation { get; private set; }

    public int HighWatermark { get; private set; }

    public double Smoothed { get; private set; }

    public void Set(int seats)
    {
        Pass();
        _now = seats;
        _most = Math.Max(_most, seats);
    }

    /// <summary>Ends a period and takes its figures over.</summary>
    public void Close()
    {
        Pass();
        HighWatermark = (int)_most;
        if (_seconds > 0)
        {
            Average = _sum / _seconds;
            Deviation = Math.Sqrt(Math.Max(0, (_squares / _seconds) - (Average * Average)));
            var envelope = Average + Deviation;
            Smoothed = Math.Max(envelope, (Kept * Smoothed) + ((1 - Kept) * envelope));
        }
        (_most, _seconds, _sum, _squares) = (_now, 0, 0, 0);
    }

    private void Pass()
    {
        var now = time.GetTimestamp();
        var seconds = time.GetElapsedTime(_since, now).TotalSeconds;
        _since = now;
        _seconds += seconds;
        _sum += _now * seconds;
        _squares += _now * _now * seconds;
    }
}
