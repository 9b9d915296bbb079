namespace Proa.Client.Streams.Spdy;

/// <summary>The peer broke the protocol, or the connection is over.</summary>
public sealed class SpdyException(string message) : IOException(message);
