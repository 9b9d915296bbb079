namespace Proa.ApiServer.Fairness;

/// <summary>What a request will take: seats while it runs, then, for a while that its client does not wait for, the seats of those who are told of it.</summary>
internal readonly record struct WorkEstimate(int InitialSeats, int FinalSeats = 0, TimeSpan AdditionalLatency = default)
{
    public int MostSeats => Math.Max(InitialSeats, FinalSeats);
}
