namespace Proa.ApiServer.Security.Authentication;

/// <summary>Keys of what authentication tells of a user besides name and groups.</summary>
internal static class UserExtra
{
    public const string CredentialId = "authentication.kubernetes.io/credential-id";
    public const string PodName = "authentication.kubernetes.io/pod-name";
    public const string PodUid = "authentication.kubernetes.io/pod-uid";
    public const string NodeName = "authentication.kubernetes.io/node-name";
    public const string NodeUid = "authentication.kubernetes.io/node-uid";
}
