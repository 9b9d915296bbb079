namespace Proa.ApiServer.Pipeline;

/// <summary>Requests that may last: watches and streams. They have no deadline.</summary>
internal static class LastingRequests
{
    public static bool Has(RequestInfo info, RequestQuery query)
    {
        if (info.Verb == "watch")
        {
            return true;
        }
        if (!info.IsResource || info.Subresource.Length == 0)
        {
            return false;
        }
        return info.Subresource is "exec" or "attach" or "portforward" or "log" || info.Subresource.StartsWith("proxy", StringComparison.Ordinal);
    }
}
