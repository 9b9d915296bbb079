using System.Globalization;
using Proa.ApiServer.Pipeline;
using Proa.Store;

namespace Proa.Secrets;

/// <summary>
/// <c>POST /proa/secrets/rotate</c>: encrypts everything anew, and answers with how many objects that were. It takes the group
/// <c>system:masters</c>, whatever roles say.
/// </summary>
/// <param name="rotate">Answers how many objects were written anew.</param>
internal sealed class RotationEndpoint(Func<CancellationToken, Task<int>> rotate) : IPathEndpoint
{
    public const string Path = "/proa/secrets/rotate";

    public async ValueTask<ApiResponse?> TryHandleAsync(ApiRequest request, CancellationToken ct)
    {
        if (request.Path != Path)
        {
            return null;
        }
        if (request.Method != "POST")
        {
            return ApiResponse.Text(405, $"POST is all that {Path} knows");
        }
        if (!request.User.InGroup(ApiServer.Security.UserInfo.AdministratorsGroup))
        {
            return ApiResponse.Text(403, "to rotate keys takes the group system:masters");
        }
        try
        {
            // Who asked may go away: a rotation that was begun is ended.
            return ApiResponse.Text(200, (await rotate(CancellationToken.None)).ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or StoreOpenException)
        {
            return ApiResponse.Text(503, $"{e.Message} All can be read; the next rotation goes on.");
        }
    }
}
