namespace Proa.ApiServer.Metrics;

/// <summary>A number that many threads count up and down. Lock-free.</summary>
internal sealed class Counter
{
    private long _value;

    public long Value => Interlocked.Read(ref _value);

    public void Add(long change = 1) => Interlocked.Add(ref _value, change);
}
