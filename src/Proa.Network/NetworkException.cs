namespace Proa.Network;

/// <summary>This machine's network cannot take the cluster as it is configured; the message says what to do.</summary>
public sealed class NetworkException(string message, Exception? inner = null) : Exception(message, inner);
