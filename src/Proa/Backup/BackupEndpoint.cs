using Proa.ApiServer.Pipeline;
using Proa.Cluster;
using Proa.Store;

namespace Proa.Backup;

/// <summary>
/// <c>GET /proa/backup</c>: a backup of the running cluster, as a stream. Whoever may do it can read every Secret and key, so it
/// takes the group <c>system:masters</c>, whatever roles say.
/// </summary>
internal sealed class BackupEndpoint(ClusterPaths paths, ObjectStore? store) : IPathEndpoint
{
    public const string Path = "/proa/backup";

    public ValueTask<ApiResponse?> TryHandleAsync(ApiRequest request, CancellationToken ct)
    {
        if (request.Path != Path)
        {
            return new((ApiResponse?)null);
        }
        if (request.Method != "GET")
        {
            return new(ApiResponse.Text(405, "GET is all that /proa/backup knows"));
        }
        if (!request.User.InGroup(ApiServer.Security.UserInfo.AdministratorsGroup))
        {
            return new(ApiResponse.Text(403, "a backup holds every key: it takes the group system:masters"));
        }
        if (store is null)
        {
            return new(ApiResponse.Text(501, "the cluster's objects are in etcd: back them up there (etcdctl snapshot save), and keep a copy of pki/cluster-key"));
        }
        return new(new StreamResponse(async (http, stop) =>
        {
            http.Response.ContentType = "application/x-tar";
            // What fails after the first byte ends the connection, and the reader finds the tar cut short.
            await BackupWriter.WriteAsync(paths, store, http.Response.Body, stop);
        }));
    }
}
