using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Proa.Controllers.Certificates;

/// <summary>What a certificate request asks for, and the rules of the signers whose names begin with <c>kubernetes.io/</c>. Pure.</summary>
internal sealed class NodeCertificates
{
    public const string ClientSigner = "kubernetes.io/kube-apiserver-client";
    public const string NodeClientSigner = "kubernetes.io/kube-apiserver-client-kubelet";
    public const string NodeServingSigner = "kubernetes.io/kubelet-serving";
    private const string CommonNameOid = "2.5.4.3";
    private const string OrganizationOid = "2.5.4.10";
    private const string AlternativesOid = "2.5.29.17";
    private const int EmailTag = 1;
    private const int NameTag = 2;
    private const int UriTag = 6;
    private const int AddressTag = 7;

    private NodeCertificates(CertificateRequest request)
    {
        Request = request;
        foreach (var part in request.SubjectName.EnumerateRelativeDistinguishedNames().Where(part => !part.HasMultipleElements))
        {
            if (part.GetSingleElementType().Value == CommonNameOid)
            {
                CommonName = part.GetSingleElementValue() ?? "";
            }
            else if (part.GetSingleElementType().Value == OrganizationOid)
            {
                Organizations.Add(part.GetSingleElementValue() ?? "");
            }
        }
        Alternatives = request.CertificateExtensions.FirstOrDefault(extension => extension.Oid?.Value == AlternativesOid);
        if (Alternatives is not null)
        {
            var reader = new System.Formats.Asn1.AsnReader(Alternatives.RawData, System.Formats.Asn1.AsnEncodingRules.DER).ReadSequence();
            while (reader.HasData)
            {
                Kinds.Add(reader.PeekTag().TagValue);
                reader.ReadEncodedValue();
            }
        }
    }

    public CertificateRequest Request { get; }

    public string CommonName { get; } = "";

    public List<string> Organizations { get; } = [];

    /// <summary>The subject's alternative names, as the request has them.</summary>
    public X509Extension? Alternatives { get; }

    private HashSet<int> Kinds { get; } = [];

    /// <returns>Null when the bytes are no certificate request.</returns>
    public static NodeCertificates? Read(byte[] pem)
    {
        try
        {
            return new(CertificateRequest.LoadSigningRequestPem(
                Encoding.UTF8.GetString(pem), HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions));
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or NotSupportedException or System.Formats.Asn1.AsnContentException)
        {
            return null;
        }
    }

    /// <returns>Why the signer cannot sign this; null: it can.</returns>
    public string? Problem(string signer, IReadOnlyList<string> usages) => signer switch
    {
        ClientSigner => ClientProblem(usages),
        NodeClientSigner => NodeClientProblem(usages),
        _ => NodeServingProblem(usages),
    };

    public string? NodeClientProblem(IReadOnlyList<string> usages)
    {
        if (!Organizations.SequenceEqual(["system:nodes"]))
        {
            return "subject organization is not system:nodes";
        }
        if (Kinds.Contains(NameTag))
        {
            return "DNS subjectAltNames are not allowed";
        }
        if (Kinds.Contains(EmailTag))
        {
            return "Email subjectAltNames are not allowed";
        }
        if (Kinds.Contains(AddressTag))
        {
            return "IP subjectAltNames are not allowed";
        }
        if (Kinds.Contains(UriTag))
        {
            return "URI subjectAltNames are not allowed";
        }
        return NotNode() ?? UsageProblem(usages, "client auth", "[client auth digital signature key encipherment]");
    }

    private static string? ClientProblem(IReadOnlyList<string> usages)
    {
        foreach (var usage in usages)
        {
            if (usage is not ("digital signature" or "key encipherment" or "client auth"))
            {
                return $"invalid usage for client certificate: {usage}";
            }
        }
        return usages.Contains("client auth") ? null : "missing required usage for client certificate: client auth";
    }

    private string? NodeServingProblem(IReadOnlyList<string> usages)
    {
        if (!Organizations.SequenceEqual(["system:nodes"]))
        {
            return "subject organization is not system:nodes";
        }
        if (!Kinds.Contains(NameTag) && !Kinds.Contains(AddressTag))
        {
            return "DNS or IP subjectAltName is required";
        }
        if (Kinds.Contains(EmailTag))
        {
            return "Email subjectAltNames are not allowed";
        }
        if (Kinds.Contains(UriTag))
        {
            return "URI subjectAltNames are not allowed";
        }
        return UsageProblem(usages, "server auth", "[digital signature key encipherment server auth]") ?? NotNode();
    }

    private string? NotNode() => CommonName.StartsWith("system:node:", StringComparison.Ordinal)
        ? null
        : "subject common name does not begin with system:node:";

    private static string? UsageProblem(IReadOnlyList<string> usages, string purpose, string wanted)
    {
        var given = usages.ToHashSet();
        given.Remove("key encipherment");
        return given.SetEquals(["digital signature", purpose]) ? null : $"usages did not match {wanted}";
    }
}
