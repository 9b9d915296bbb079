namespace Proa.ApiServer.Pipeline;

/// <summary>Requests that may last: watches, streams, and what is done with a whole cluster. They have no deadline.</summary>
internal static class LastingRequests
{
    // Backup, restore and rotation take as long as the cluster is large.
    private const string WholeCluster = "/proa/";

    public static bool Has(RequestInfo info, RequestQuery query)
    {
        if (info.Verb == "watch")
        {
            return true;
        }
        if (!info.IsResource)
        {
            return info.Path.StartsWith(WholeCluster, StringComparison.Ordinal);
        }
        if (info.Subresource.Length == 0)
        {
            return false;
        }
        return info.Subresource is "exec" or "attach" or "portforward" or "log" || info.Subresource.StartsWith("proxy", StringComparison.Ordinal);
    }
}
