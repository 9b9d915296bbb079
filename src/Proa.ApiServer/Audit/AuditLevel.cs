namespace Proa.ApiServer.Audit;

/// <summary>How much is recorded of a request; each more than the one before.</summary>
public enum AuditLevel
{
    None,
    Metadata,
    Request,
    RequestResponse,
}
