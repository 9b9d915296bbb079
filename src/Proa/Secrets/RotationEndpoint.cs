using System.Globalization;
using Proa.ApiServer.Pipeline;
using Proa.Store;

namespace Proa.Secrets;

/// <summary>
/// <c>POST /proa/secrets/rotate</c>: encrypts everything anew, and answers with how many objects that were. It takes the group
/// <c>system:masters</c>, whatever roles say.
/// </summary>
internal sealed class RotationEndpoint(ObjectStore? store) : IPathEndpoint
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
        if (store is null)
        {
            return ApiResponse.Text(501, "in etcd an object is encrypted anew when it is written: kubectl get secrets -A -o json | kubectl replace -f -");
        }
        try
        {
            // Who asked may go away: a rotation that was begun is ended.
            return ApiResponse.Text(200, (await store.RotateAsync(CancellationToken.None)).ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or StoreOpenException)
        {
            return ApiResponse.Text(503, $"{e.Message} All can be read; the next rotation goes on.");
        }
    }
}
