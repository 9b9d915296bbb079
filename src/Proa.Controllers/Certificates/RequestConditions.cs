using Proa.Api.Models.Certificates;

namespace Proa.Controllers.Certificates;

/// <summary>What has been decided about a request. Pure.</summary>
internal static class RequestConditions
{
    public static bool Has(CertificateSigningRequest request, string type) => request.Status.Conditions.Any(condition => condition.Type == type);

    public static bool IsIssued(CertificateSigningRequest request) => request.Status.Certificate is { Length: > 0 };

    public static CertificateSigningRequest With(CertificateSigningRequest request, string type, string reason, string message) => request with
    {
        Status = request.Status with
        {
            Conditions = [.. request.Status.Conditions, new CertificateSigningRequestCondition { Type = type, Status = "True", Reason = reason, Message = message }],
        },
    };
}
