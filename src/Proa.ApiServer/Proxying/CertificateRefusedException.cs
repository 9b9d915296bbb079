using System.Security.Authentication;

namespace Proa.ApiServer.Proxying;

/// <summary>A server showed a certificate that it is not trusted with; the message says why, in the original's words.</summary>
internal sealed class CertificateRefusedException(string message) : AuthenticationException(message);
