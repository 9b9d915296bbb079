using Proa.Api.Protobuf;
using Proa.Api.Schema;

namespace Proa.Api.Tests.Protobuf;

public sealed class ProtobufDecoderTests
{
    [Fact]
    public void Decode_Pod_WithEmbeddedVolumeSourceAndProbeHandler()
    {
        // Pod{metadata{name:"p"}, spec{volumes[{name:"v", volumeSource{emptyDir{medium:"Memory"}}}],
        //   containers[{name:"c", livenessProbe{handler{httpGet{path:"/", port: 80}}, periodSeconds:5}, resources{limits{cpu:"1"}}}]}}
        var memory = Message(2, Message(2, Bytes(1, "Memory")));
        var volume = Message(1, [.. Bytes(1, "v"), .. memory]);
        var port = Message(2, [.. Varint(1, 0), .. Varint(2, 80)]);
        var probe = Message(10, [.. Message(1, Message(2, [.. Bytes(1, "/"), .. port])), .. Varint(4, 5)]);
        var limits = Message(8, Message(1, [.. Bytes(1, "cpu"), .. Message(2, Bytes(1, "1"))]));
        var container = Message(2, [.. Bytes(1, "c"), .. probe, .. limits]);
        byte[] pod = [.. Message(1, Bytes(1, "p")), .. Message(2, [.. volume, .. container])];

        var decoded = ProtobufDecoder.Decode(Envelope("v1", "Pod", pod), SchemaRegistry.BuiltIn);

        Assert.Equal(
            """{"metadata":{"name":"p"},"spec":{"volumes":[{"name":"v","emptyDir":{"medium":"Memory"}}],"containers":[{"name":"c","livenessProbe":{"httpGet":{"path":"/","port":80},"periodSeconds":5},"resources":{"limits":{"cpu":"1"}}}]},"apiVersion":"v1","kind":"Pod"}""",
            decoded.ToString());
    }

    [Fact]
    public void Decode_TimesAndUnknownFields_AreReadAndSkipped()
    {
        byte[] lease = [.. Message(2, [.. Message(4, [.. Varint(1, 1767323045), .. Varint(2, 5000)]), .. Bytes(99, "later")])];

        var decoded = ProtobufDecoder.Decode(Envelope("coordination.k8s.io/v1", "Lease", lease), SchemaRegistry.BuiltIn);

        Assert.Equal("2026-01-02T03:04:05.000005Z", decoded.Object("spec")!.String("renewTime"));
    }

    [Fact]
    public void Decode_AnyBytes_GiveAnObjectOrAFormatException()
    {
        var random = new Random(7);
        var seed = Envelope("v1", "Pod", Message(2, Message(2, Bytes(1, "c"))));
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = seed.ToArray();
            for (var i = random.Next(1, 6); i > 0; i--)
            {
                bytes[random.Next(4, bytes.Length)] = (byte)random.Next(256);
            }
            try
            {
                Assert.NotNull(ProtobufDecoder.Decode(bytes, SchemaRegistry.BuiltIn));
            }
            catch (FormatException)
            {
                // the expected answer
            }
        }
    }

    private static byte[] Envelope(string apiVersion, string kind, byte[] message) =>
        [.. "k8s\0"u8, .. Message(1, [.. Bytes(1, apiVersion), .. Bytes(2, kind)]), .. Message(2, message)];

    private static byte[] Message(int number, byte[] content) => [.. Number((ulong)(number << 3 | 2)), .. Number((ulong)content.Length), .. content];

    private static byte[] Bytes(int number, string text) => Message(number, System.Text.Encoding.UTF8.GetBytes(text));

    private static byte[] Varint(int number, ulong value) => [.. Number((ulong)(number << 3)), .. Number(value)];

    private static byte[] Number(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
