namespace Proa.ApiServer.Webhooks;

/// <summary>A webhook could not be asked, or its answer was none; the message says why, in the original's words.</summary>
internal sealed class WebhookCallException(string message) : Exception(message);
