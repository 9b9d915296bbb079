using Google.Protobuf;
using Proa.Api.Json;

namespace Proa.Store.Etcd;

/// <summary>
/// Reads the one kind that an original keeps in protobuf but no API serves: RangeAllocation, the bits of the node ports that are
/// taken. Its metadata is empty.
/// </summary>
/// <remarks>The bytes <c>k8s\0</c>, an envelope (1: apiVersion and kind, 2: the message), the message (2: range, 3: data).</remarks>
internal static class RangeAllocationReader
{
    private static ReadOnlySpan<byte> Marker => "k8s\0\n\u0015\n\u0002v1\u0012\u000fRangeAllocation"u8;

    public static bool Is(ReadOnlySpan<byte> value) => value.StartsWith(Marker);

    /// <exception cref="FormatException">Not such a message.</exception>
    public static JsonObject Read(byte[] value)
    {
        var (range, data) = ("", ByteString.Empty);
        try
        {
            var envelope = new CodedInputStream(value, 4, value.Length - 4);
            while (envelope.ReadTag() is var tag and > 0)
            {
                if (WireFormat.GetTagFieldNumber(tag) != 2)
                {
                    envelope.SkipLastField();
                    continue;
                }
                var message = envelope.ReadBytes().CreateCodedInput();
                while (message.ReadTag() is var field and > 0)
                {
                    switch (WireFormat.GetTagFieldNumber(field))
                    {
                        case 2:
                            range = message.ReadString();
                            break;
                        case 3:
                            data = message.ReadBytes();
                            break;
                        default:
                            message.SkipLastField();
                            break;
                    }
                }
            }
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new FormatException(error.Message, error);
        }
        return new JsonObject
        {
            ["kind"] = "RangeAllocation",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject { ["creationTimestamp"] = JsonNull.Instance },
            ["range"] = range,
            ["data"] = data.ToBase64(),
        };
    }
}
