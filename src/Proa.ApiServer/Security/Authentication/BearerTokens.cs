using System.Security.Cryptography;
using System.Text;

namespace Proa.ApiServer.Security.Authentication;

/// <summary>Who a bearer token speaks for: the administrator, or whom one of the sources, asked in order, knows. Thread-safe.</summary>
public sealed class BearerTokens
{
    private const string Unknown = "invalid bearer token";
    private readonly UserInfo _administrator = new("admin", [UserInfo.AdministratorsGroup, UserInfo.AuthenticatedGroup]);
    private readonly byte[] _adminToken;
    private readonly ITokenSource[] _sources;

    public BearerTokens(string adminToken, params ITokenSource[] sources)
    {
        _adminToken = Encoding.UTF8.GetBytes(adminToken);
        _sources = sources;
    }

    /// <param name="audiences">Whom the token must be meant for; empty: the API server.</param>
    public async ValueTask<TokenResult> FindAsync(string token, IReadOnlyList<string> audiences, CancellationToken ct)
    {
        if (IsAdministrators(token) && TokenResult.ForServer(_administrator, audiences) is { User: not null } administrators)
        {
            return administrators;
        }
        List<string>? errors = null;
        foreach (var source in _sources)
        {
            var result = await source.FindAsync(token, audiences, ct);
            if (result.User is not null)
            {
                return result;
            }
            if (result.Error.Length > 0)
            {
                (errors ??= [Unknown]).Add(result.Error);
            }
        }
        return new(null, [], errors is null ? Unknown : $"[{string.Join(", ", errors)}]");
    }

    private bool IsAdministrators(string token)
    {
        // Of another length it is another token; that much may be known. Most are accounts' tokens, which are long.
        if (token.Length != _adminToken.Length)
        {
            return false;
        }
        Span<byte> given = stackalloc byte[_adminToken.Length];
        return Encoding.UTF8.TryGetBytes(token, given, out var length) && CryptographicOperations.FixedTimeEquals(given[..length], _adminToken);
    }
}
