using System.Text;
using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer;

/// <summary><c>/healthz</c>, <c>/livez</c> and <c>/readyz</c>: the server that answers is ready, as its store is loaded before it listens.</summary>
internal sealed class HealthEndpoint : IPathEndpoint
{
    private static readonly string[] s_checks = ["ping", "log", "etcd"];

    public ValueTask<ApiResponse?> TryHandleAsync(ApiRequest request, CancellationToken ct)
    {
        var path = request.Path.TrimEnd('/');
        var slash = path.IndexOf('/', 1);
        var root = slash < 0 ? path : path[..slash];
        if (root is not ("/healthz" or "/livez" or "/readyz"))
        {
            return default;
        }
        if (slash > 0)
        {
            return new(Array.IndexOf(s_checks, path[(slash + 1)..]) >= 0 ? ApiResponse.Text(200, "ok") : ApiResponse.Text(404, "404 page not found\n"));
        }
        if (request.Query["verbose"] is null)
        {
            return new(ApiResponse.Text(200, "ok"));
        }
        var text = new StringBuilder();
        foreach (var check in s_checks)
        {
            text.Append("[+]").Append(check).Append(" ok\n");
        }
        return new(ApiResponse.Text(200, text.Append(root, 1, root.Length - 1).Append(" check passed\n").ToString()));
    }
}
