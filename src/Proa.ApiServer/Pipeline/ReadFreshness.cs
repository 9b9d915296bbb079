using System.Globalization;
using Proa.Store;

namespace Proa.ApiServer.Pipeline;

/// <summary>
/// Which requests must see what was acknowledged before them: all but the reads that say that any state will do
/// (<c>resourceVersion=0</c>), or one that is here already. See "Resource versions" in the API concepts.
/// </summary>
internal static class ReadFreshness
{
    public static bool IsNeeded(string verb, RequestQuery query, IObjectStore store)
    {
        if (verb is not ("get" or "list" or "watch"))
        {
            return true;
        }
        // A page's token names its own revision, which the server that gave it had.
        return query["resourceVersion"] is not { Length: > 0 } text
            || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var revision)
            || (verb != "watch" && revision > store.Revision);
    }
}
