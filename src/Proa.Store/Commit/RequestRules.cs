namespace Proa.Store.Commit;

/// <summary>What holds for every <see cref="WriteRequest"/>, whichever store takes it.</summary>
internal static class RequestRules
{
    /// <exception cref="ArgumentException">The request breaks the rules.</exception>
    public static void Check(WriteRequest request)
    {
        ArgumentException.ThrowIfNullOrEmpty(request.Key.Resource, nameof(request));
        ArgumentException.ThrowIfNullOrEmpty(request.Key.Name, nameof(request));
        ArgumentNullException.ThrowIfNull(request.Key.Namespace, nameof(request));
        if (request.Kind == WriteKind.Delete && request.RevisionOffset == 0)
        {
            return;
        }
        // One before the offset is the { or the comma, one after it the next member's quote.
        if (request.RevisionOffset < 1 || request.RevisionOffset >= request.Json.Length)
        {
            throw new ArgumentException("The offset of the resourceVersion lies outside the JSON.", nameof(request));
        }
        if (request.Json.Span[request.RevisionOffset - 1] is not ((byte)'{' or (byte)','))
        {
            throw new ArgumentException("The offset of the resourceVersion is not that of a member.", nameof(request));
        }
    }
}
