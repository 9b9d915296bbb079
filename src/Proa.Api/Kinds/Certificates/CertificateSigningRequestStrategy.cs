using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Certificates;

/// <summary>A request is written once; then only its conditions and certificate change, each through a subresource.</summary>
internal sealed class CertificateSigningRequestStrategy()
    : KindStrategy(new("certificates.k8s.io", "v1", "CertificateSigningRequest"), new(Namespaced: false, HasStatus: true, CountsGeneration: false)), IPartRules
{
    private static readonly string[] s_usages =
    [
        "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment", "decipher only", "digital signature",
        "email protection", "encipher only", "ipsec end system", "ipsec tunnel", "ipsec user", "key agreement", "key encipherment", "microsoft sgc",
        "netscape sgc", "ocsp signing", "s/mime", "server auth", "signing", "timestamping",
    ];

    public override IReadOnlyList<string> SelectableFields { get; } = ["spec.signerName"];

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        Keep(obj, old, "spec");
        base.PrepareForUpdate(obj, old);
    }

    public IReadOnlyList<FieldError> ValidatePart(JsonObject obj, JsonObject old, string subresource)
    {
        var errors = new FieldErrors();
        Check(obj, errors);
        CertificateConditionRules.CheckUpdate(obj, old, approval: subresource == "approval", errors);
        ObjectMetaRules.ValidateUpdate(obj, old, Passes, errors);
        return errors.All;
    }

    protected override string[] NameForm(string name) => [];

    protected override void Check(JsonObject obj, FieldErrors errors)
    {
        var spec = obj.Object("spec") ?? new JsonObject();
        var request = spec.Text("request");
        if (CertificateRequests.Problem(request) is { } problem)
        {
            errors.Invalid("spec.request", spec["request"] ?? JsonNull.Instance, problem);
        }
        Usages(spec, errors);
        if (spec.Text("signerName") == "kubernetes.io/legacy-unknown")
        {
            errors.Invalid("spec.signerName", spec["signerName"], "the legacy signerName is not allowed via this API version");
        }
        else
        {
            SignerNames.Check(spec.Text("signerName"), "spec.signerName", errors);
        }
        if (spec.Int("expirationSeconds") is < 600)
        {
            errors.Invalid("spec.expirationSeconds", spec["expirationSeconds"], "may not specify a duration less than 600 seconds (10 minutes)");
        }
        CertificateConditionRules.Check(obj, errors);
    }

    protected override void CheckStatusUpdate(JsonObject obj, JsonObject old, FieldErrors errors)
    {
        Check(obj, errors);
        IssuedCertificates.Check(obj, old, errors);
        var (before, now) = (old.Sub("status").Text("certificate"), obj.Sub("status").Text("certificate"));
        CertificateConditionRules.CheckUpdate(obj, old, approval: false, errors);
        if (before.Length > 0 && now != before)
        {
            errors.Forbidden("status.certificate", "updates may not modify existing certificate content");
        }
    }

    private static void Usages(JsonObject spec, FieldErrors errors)
    {
        var usages = spec.Array("usages") ?? [];
        if (usages.Count == 0)
        {
            errors.Required("spec.usages");
        }
        for (var i = 0; i < usages.Count; i++)
        {
            if (!s_usages.Contains((usages[i] as JsonString)?.Value))
            {
                errors.NotSupported($"spec.usages[{i}]", usages[i], s_usages);
            }
        }
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < usages.Count; i++)
        {
            if (!seen.Add(usages[i].ToString()))
            {
                errors.Duplicate($"spec.usages[{i}]", usages[i]);
            }
        }
    }
}
