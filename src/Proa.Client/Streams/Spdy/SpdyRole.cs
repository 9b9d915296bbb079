namespace Proa.Client.Streams.Spdy;

public enum SpdyRole
{
    Client,
    Server,
}
