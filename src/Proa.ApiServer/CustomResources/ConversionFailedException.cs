namespace Proa.ApiServer.CustomResources;

/// <summary>A custom resource could not be shown or stored in another version; the message is the client's answer.</summary>
internal sealed class ConversionFailedException(string message) : Exception(message);
