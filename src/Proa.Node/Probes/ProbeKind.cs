namespace Proa.Node.Probes;

internal enum ProbeKind
{
    Startup,
    Readiness,
    Liveness,
}
