using System.Collections.Concurrent;
using System.Security.Cryptography;
using Google.Protobuf;
using Proa.Client.Grpc;
using Proa.Store.Encryption.Ciphers;
using Proa.Store.Encryption.Kms.Wire;

namespace Proa.Store.Encryption.Kms;

/// <summary>
/// A key management plug-in behind a Unix socket. It encrypts one seed; each value has a key of its own, derived from the seed, so
/// that the plug-in is asked when it says that its key changed, and for seeds that were not seen yet. Thread-safe.
/// </summary>
internal sealed class KmsCipher(string name, string socket, TimeSpan timeout, TimeProvider time) : IValueCipher
{
    private const int SeedLength = 32;
    private const int InfoLength = 32;
    private const string Service = "/v2.KeyManagementService/";

    // The original's: how long a seed is written with when the plug-in does not answer any more, and how often it is asked.
    private static readonly TimeSpan s_good = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan s_healthy = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_failing = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly GrpcClient _client = GrpcClient.OverUnixSocket(socket, time);
    private readonly ConcurrentDictionary<ByteString, byte[]> _sources = new();
    private EncryptedObject? _template;
    private long _answered;

    /// <summary>Why it cannot be written with; null: it can.</summary>
    public string? Problem { get; private set; }

    /// <summary>The path of <c>unix:///path</c>; an <c>@</c> in front of the name is the abstract namespace.</summary>
    public static string SocketOf(string endpoint)
    {
        var path = endpoint["unix:".Length..];
        path = path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : path;
        path = path.TrimStart('/') is var bare && bare.StartsWith('@') ? bare : path;
        return path.StartsWith('@') ? '\0' + path[1..] : path;
    }

    public byte[] Encrypt(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> place)
    {
        var (template, seed) = WriteSource();
        var info = RandomNumberGenerator.GetBytes(InfoLength);
        var encrypted = new EncryptedObject(template)
        {
            EncryptedData = UnsafeByteOperations.UnsafeWrap(new AesGcmCipher(Derive(seed, info)).Encrypt(info, plain, place)),
        };
        var value = new byte[prefix.Length + encrypted.CalculateSize()];
        prefix.CopyTo(value);
        encrypted.WriteTo(value.AsSpan(prefix.Length));
        return value;
    }

    public byte[] Decrypt(ReadOnlySpan<byte> data, ReadOnlySpan<byte> place)
    {
        var encrypted = Parse(data);
        var source = _sources.TryGetValue(encrypted.EncryptedDEKSource, out var known) ? known : Open(encrypted);
        var bytes = encrypted.EncryptedData.Span;
        if (encrypted.EncryptedDEKSourceType == EncryptedDEKSourceType.AesGcmKey)
        {
            return new AesGcmCipher(source).Decrypt(bytes, place);
        }
        return bytes.Length < InfoLength
            ? throw new CryptographicException("the stored data was shorter than the required size")
            : new AesGcmCipher(Derive(source, bytes[..InfoLength])).Decrypt(bytes[InfoLength..], place);
    }

    public bool IsStale(ReadOnlySpan<byte> data)
    {
        var encrypted = Parse(data);
        var template = WriteSource().Template;
        return encrypted.KeyID != template.KeyID || encrypted.EncryptedDEKSourceType != template.EncryptedDEKSourceType;
    }

    /// <summary>Asks for the plug-in's state and follows its key, until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            while (true)
            {
                await Task.Run(Refresh, ct).ConfigureAwait(false);
                await Task.Delay(Problem is null ? s_healthy : s_failing, time, ct).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end.
        }
    }

    internal void Refresh()
    {
        var answer = Call("Status", new StatusRequest(), StatusResponse.Parser);
        if (!answer.Ok)
        {
            Problem = $"kms provider {name}: {answer.Status}";
            return;
        }
        if (answer.Value is not { Healthz: "ok", Version: "v2" or "v2beta1" })
        {
            Problem = $"kms provider {name}: got unexpected healthz status: {answer.Value.Healthz}, version {answer.Value.Version}";
            return;
        }
        try
        {
            lock (_gate)
            {
                if (_template?.KeyID != answer.Value.KeyId)
                {
                    Seal();
                }
                _answered = time.GetTimestamp();
                Problem = null;
            }
        }
        catch (CryptographicException error)
        {
            Problem = error.Message;
        }
    }

    private (EncryptedObject Template, byte[] Seed) WriteSource()
    {
        lock (_gate)
        {
            if (_template is null)
            {
                try
                {
                    Seal();
                }
                catch (CryptographicException error)
                {
                    throw Unavailable(error);
                }
                _answered = time.GetTimestamp();
            }
            return time.GetElapsedTime(_answered) > s_good
                ? throw Unavailable(null)
                : (_template!, _sources[_template!.EncryptedDEKSource]);
        }
    }

    /// <summary>Has the plug-in encrypt a new seed.</summary>
    private void Seal()
    {
        var seed = RandomNumberGenerator.GetBytes(SeedLength);
        var answer = Call("Encrypt", new EncryptRequest { Plaintext = ByteString.CopyFrom(seed), Uid = Guid.NewGuid().ToString() }, EncryptResponse.Parser);
        if (!answer.Ok)
        {
            throw new CryptographicException($"kms provider {name}: failed to encrypt DEK, error: {answer.Status}");
        }
        if (answer.Value.KeyId.Length is 0 or > 1024 || answer.Value.Ciphertext.Length is 0 or > 1024)
        {
            throw new CryptographicException($"kms provider {name}: its key id or ciphertext is empty or longer than 1 kB");
        }
        _sources[answer.Value.Ciphertext] = seed;
        _template = new EncryptedObject
        {
            KeyID = answer.Value.KeyId,
            EncryptedDEKSource = answer.Value.Ciphertext,
            Annotations = { answer.Value.Annotations },
            EncryptedDEKSourceType = EncryptedDEKSourceType.HkdfSha256XnonceAesGcmSeed,
        };
    }

    private byte[] Open(EncryptedObject encrypted)
    {
        var request = new DecryptRequest
        {
            Ciphertext = encrypted.EncryptedDEKSource,
            KeyId = encrypted.KeyID,
            Uid = Guid.NewGuid().ToString(),
            Annotations = { encrypted.Annotations },
        };
        var answer = Call("Decrypt", request, DecryptResponse.Parser);
        if (!answer.Ok)
        {
            throw new CryptographicException($"kms provider {name}: failed to decrypt DEK, error: {answer.Status}");
        }
        return _sources.GetOrAdd(encrypted.EncryptedDEKSource, answer.Value.Plaintext.ToByteArray());
    }

    // Few: at the start, and when a key changes. The writer waits as it does for the disk.
    private GrpcResult<T> Call<T>(string method, IMessage request, MessageParser<T> parser)
        where T : class, IMessage<T> =>
        Task.Run(() => _client.CallAsync(Service + method, request, parser, timeout, CancellationToken.None)).GetAwaiter().GetResult();

    private static EncryptedObject Parse(ReadOnlySpan<byte> data)
    {
        try
        {
            return EncryptedObject.Parser.ParseFrom(data);
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new CryptographicException("the stored data is no encrypted object", error);
        }
    }

    private static byte[] Derive(byte[] seed, ReadOnlySpan<byte> info)
    {
        var key = new byte[32];
        HKDF.Expand(HashAlgorithmName.SHA256, seed, key, info);
        return key;
    }

    private StoreOpenException Unavailable(Exception? inner) => new(
        $"kms provider {name}", $"cannot be written with: {inner?.Message ?? Problem ?? "it has not answered for three minutes"}", "See to the plug-in at its socket.", inner);
}
