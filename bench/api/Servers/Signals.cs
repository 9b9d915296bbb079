namespace Proa.Bench.Api.Servers;

/// <summary>Of kill(2).</summary>
internal static class Signals
{
    public const int Kill = 9;
    public const int Terminate = 15;
}
