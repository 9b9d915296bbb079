using System.Buffers.Binary;
using System.Security.Cryptography;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Proa.Store.Encryption.Ciphers;
using Proa.Store.Encryption.Kms.Wire;

namespace Proa.Store.Tests.Encryption;

/// <summary>A key management plug-in on a Unix socket, with keys that a test changes.</summary>
internal sealed class KmsPlugin : IAsyncDisposable
{
    private readonly Dictionary<string, AesGcmCipher> _keys = [];
    private WebApplication? _app;

    public string KeyId { get; private set; } = "";

    public int Calls { get; private set; }

    public bool Fails { get; set; }

    public void UseKey(string id)
    {
        _keys[id] = new AesGcmCipher(RandomNumberGenerator.GetBytes(32));
        KeyId = id;
    }

    public async Task StartAsync(string socket)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.ListenUnixSocket(socket, listen => listen.Protocols = HttpProtocols.Http2));
        _app = builder.Build();
        _app.Run(AnswerAsync);
        await _app.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync() => await (_app?.DisposeAsync() ?? default);

    private async Task AnswerAsync(HttpContext http)
    {
        Calls++;
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        var request = body.ToArray()[5..];
        http.Response.ContentType = "application/grpc";
        if (Fails)
        {
            http.Response.Headers["grpc-status"] = "14";
            http.Response.Headers["grpc-message"] = "the module is locked";
            return;
        }
        IMessage answer = http.Request.Path.Value!.Split('/')[^1] switch
        {
            "Status" => new StatusResponse { Version = "v2", Healthz = "ok", KeyId = KeyId },
            "Encrypt" => new EncryptResponse
            {
                KeyId = KeyId,
                Ciphertext = ByteString.CopyFrom(_keys[KeyId].Encrypt([], EncryptRequest.Parser.ParseFrom(request).Plaintext.Span, [])),
            },
            _ => Decrypt(DecryptRequest.Parser.ParseFrom(request)),
        };
        var message = answer.ToByteArray();
        var frame = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, 5);
        await http.Response.Body.WriteAsync(frame);
        http.Response.AppendTrailer("grpc-status", "0");
    }

    private DecryptResponse Decrypt(DecryptRequest request) =>
        new() { Plaintext = ByteString.CopyFrom(_keys[request.KeyId].Decrypt(request.Ciphertext.Span, [])) };
}
