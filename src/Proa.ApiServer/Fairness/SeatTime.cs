namespace Proa.ApiServer.Fairness;

/// <summary>Seats times seconds, in hundred-millionths: how queues' work is compared, without rounding that adds up.</summary>
internal static class SeatTime
{
    private const double Scale = 1e8;

    public static long Of(double seats, TimeSpan time) => (long)Math.Round(seats * time.TotalSeconds * Scale, MidpointRounding.AwayFromZero);

    /// <summary>How long so many seats take for the work.</summary>
    public static TimeSpan PerSeat(long work, int seats) => TimeSpan.FromSeconds(work / Scale / seats);

    public static double Seconds(long work) => work / Scale;

    // 12.00300000ss
    public static string Text(long work) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{work / (long)Scale}.{work % (long)Scale:D8}ss");
}
