using System.Threading.Channels;
using Proa.ApiServer.Pipeline;

namespace Proa.Backup;

/// <summary>
/// <c>POST /proa/restore?from=NAME</c>: puts a backup that lies unpacked in the data directory in place of what the running cluster
/// holds, and tells of it line by line (<see cref="RestoreLine"/>). It takes the group <c>system:masters</c>, whatever roles say.
/// </summary>
/// <param name="restore">Null: the objects are in etcd.</param>
internal sealed class RestoreEndpoint(RunningRestore? restore) : IPathEndpoint
{
    public const string Path = "/proa/restore";

    public ValueTask<ApiResponse?> TryHandleAsync(ApiRequest request, CancellationToken ct)
    {
        if (request.Path != Path)
        {
            return new((ApiResponse?)null);
        }
        if (request.Method != "POST")
        {
            return new(ApiResponse.Text(405, $"POST is all that {Path} knows"));
        }
        if (!request.User.InGroup(ApiServer.Security.UserInfo.AdministratorsGroup))
        {
            return new(ApiResponse.Text(403, "a restore replaces everything: it takes the group system:masters"));
        }
        if (restore is null)
        {
            return new(ApiResponse.Text(501, "the cluster's objects are in etcd: restore them there"));
        }
        var name = request.Query["from"] ?? "";
        return new(new StreamResponse(async (http, _) =>
        {
            var lines = Channel.CreateUnbounded<RestoreLine>();
            // Who asked may go away: a restore that was begun is ended.
            var running = Task.Run(() => RunAsync(name, lines.Writer), CancellationToken.None);
            http.Response.ContentType = "application/json;stream=lines";
            await foreach (var line in lines.Reader.ReadAllAsync(http.RequestAborted))
            {
                await http.Response.Body.WriteAsync(line.ToUtf8(), http.RequestAborted);
                await http.Response.Body.FlushAsync(http.RequestAborted);
            }
            await running;
        }));
    }

    private async Task RunAsync(string name, ChannelWriter<RestoreLine> lines)
    {
        try
        {
            lines.TryWrite(new(Done: await restore!.RunAsync(name, step => lines.TryWrite(new(Step: step)))));
        }
        catch (UserException e)
        {
            lines.TryWrite(new(Problem: e.Message, Remedy: e.Todo));
        }
        catch (Exception e)
        {
            lines.TryWrite(new(Problem: e.Message, Remedy: "look at the cluster's log"));
        }
        finally
        {
            lines.Complete();
        }
    }
}
