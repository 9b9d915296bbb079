namespace Proa.ApiServer.Admission.PodSecurity;

/// <summary>How strict a policy is, laxest first.</summary>
internal enum PolicyLevel
{
    Privileged,
    Baseline,
    Restricted,
}
