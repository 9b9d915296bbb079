namespace Proa.ApiServer.Admission.Webhooks;

/// <summary>What no webhook is asked about. Pure.</summary>
internal static class WebhookRules
{
    /// <summary>A webhook must not keep its own configuration from being mended.</summary>
    public static bool IsExempt(AdmissionRequest request) => request.Type.Group == "admissionregistration.k8s.io"
        && request.Type.Kind is "ValidatingWebhookConfiguration" or "MutatingWebhookConfiguration" or "ValidatingAdmissionPolicy"
            or "ValidatingAdmissionPolicyBinding" or "MutatingAdmissionPolicy" or "MutatingAdmissionPolicyBinding";
}
