using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Proa.Api.Json;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Security;

namespace Proa.ApiServer.Admission;

/// <summary>Nobody asks for a certificate of the administrators' group: CertificateSubjectRestriction.</summary>
internal sealed class CertificateSubject : IAdmissionStep
{
    private const string ClientSigner = "kubernetes.io/kube-apiserver-client";
    private const string Organization = "2.5.4.10";

    public Status? Validate(AdmissionRequest request) =>
        request.IsCreate && request.Is(CertificateRequests.Collection) && request.Object?.Object("spec") is { } spec
            && spec.String("signerName") == ClientSigner && AsksForAdministrators(spec)
                ? Statuses.Forbidden(request.GroupResource, request.ShownName, $"use of {ClientSigner} signer with system:masters group is not allowed")
                : null;

    private static bool AsksForAdministrators(JsonObject spec)
    {
        try
        {
            var pem = Encoding.UTF8.GetString(Convert.FromBase64String(spec.String("request") ?? ""));
            var parsed = CertificateRequest.LoadSigningRequestPem(pem, HashAlgorithmName.SHA256);
            return parsed.SubjectName.EnumerateRelativeDistinguishedNames().Any(part => !part.HasMultipleElements
                && part.GetSingleElementType().Value == Organization && part.GetSingleElementValue() == UserInfo.AdministratorsGroup);
        }
        catch (Exception e) when (e is CryptographicException or FormatException or ArgumentException or NotSupportedException)
        {
            return false; // Validation has said so.
        }
    }
}
