using System.Security.Cryptography;
using System.Text;
using Proa.ApiServer.Security.Tokens;

namespace Proa.ApiServer.Security.Authentication;

/// <summary>Who a bearer token speaks for: the administrator, or a service account. Thread-safe.</summary>
public sealed class BearerTokens
{
    private readonly byte[] _adminToken;
    private readonly ServiceAccountTokens _serviceAccounts;

    public BearerTokens(string adminToken, ServiceAccountTokens serviceAccounts)
    {
        _adminToken = Encoding.UTF8.GetBytes(adminToken);
        _serviceAccounts = serviceAccounts;
    }

    /// <param name="audiences">Whom the token must be meant for; empty: the API server.</param>
    public TokenResult Find(string token, IReadOnlyList<string> audiences)
    {
        if (CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), _adminToken))
        {
            return new(new UserInfo("admin", [UserInfo.AdministratorsGroup, UserInfo.AuthenticatedGroup]), audiences, "");
        }
        return _serviceAccounts.Check(token, audiences);
    }
}

/// <param name="Audiences">Of those asked for, the ones that the token is meant for.</param>
/// <param name="Error">Why there is no user.</param>
public readonly record struct TokenResult(UserInfo? User, IReadOnlyList<string> Audiences, string Error);
