using System.Security.Cryptography;
using System.Text;
using Proa.Store.Encryption;
using Proa.Store.Encryption.Ciphers;

namespace Proa.Store.Tests.Encryption;

/// <summary>Known answers of others' programs, and what must not open.</summary>
public sealed class CipherTests
{
    private static readonly byte[] s_key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    public static TheoryData<string> Kinds => ["aesgcm", "aescbc", "secretbox"];

    // NaCl's own test vector (tests/secretbox.c, "firstkey").
    [Fact]
    public void Secretbox_KnownMessage_IsNaClsBox()
    {
        var key = Convert.FromHexString("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389");
        var nonce = Convert.FromHexString("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37");
        var message = Convert.FromHexString(
            "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705");
        var box = new SecretboxCipher(key).EncryptWith(nonce, [], message);
        Assert.Equal(
            "f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5",
            Convert.ToHexStringLower(box.AsSpan(24)));
        Assert.Equal(message, new SecretboxCipher(key).Decrypt(box, []));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Encrypt_AnyLength_ComesBack(string kind)
    {
        var cipher = Of(kind, s_key);
        for (var length = 0; length < 300; length++)
        {
            var plain = RandomNumberGenerator.GetBytes(length);
            var value = cipher.Encrypt("prefix:"u8, plain, "place"u8);
            Assert.StartsWith("prefix:", Encoding.Latin1.GetString(value));
            Assert.Equal(plain, cipher.Decrypt(value.AsSpan(7), "place"u8));
        }
    }

    [Theory]
    [InlineData("aesgcm")]
    [InlineData("secretbox")]
    public void Decrypt_OneBitTurned_IsRefused(string kind)
    {
        var cipher = Of(kind, s_key);
        var value = cipher.Encrypt([], "some text that is hidden"u8, "place"u8);
        for (var bit = 0; bit < value.Length * 8; bit++)
        {
            value[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.ThrowsAny<CryptographicException>(() => cipher.Decrypt(value, "place"u8));
            value[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void AesGcm_ValueOfAnotherPlace_IsRefused()
    {
        var cipher = Of("aesgcm", s_key);
        var value = cipher.Encrypt([], "text"u8, "/registry/secrets/a/b"u8);
        Assert.ThrowsAny<CryptographicException>(() => cipher.Decrypt(value, "/registry/secrets/a/c"u8));
    }

    // What openssl makes of the same key, IV and text: IV, then the padded ciphertext.
    [Fact]
    public void AesCbc_KnownValue_IsRead()
    {
        var value = Convert.FromHexString("000102030405060708090a0b0c0d0e0f" + Known("aes-256-cbc"));
        Assert.Equal("hidden text", Encoding.ASCII.GetString(Of("aescbc", s_key).Decrypt(value, [])));

        static string Known(string cipher)
        {
            using var openssl = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(
                "openssl", ["enc", $"-{cipher}", "-K", Convert.ToHexString(s_key), "-iv", "000102030405060708090a0b0c0d0e0f"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            })!;
            openssl.StandardInput.Write("hidden text");
            openssl.StandardInput.Close();
            using var output = new MemoryStream();
            openssl.StandardOutput.BaseStream.CopyTo(output);
            openssl.WaitForExit();
            return Convert.ToHexString(output.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Decrypt_TooShort_IsRefused(string kind) =>
        Assert.ThrowsAny<CryptographicException>(() => Of(kind, s_key).Decrypt(new byte[5], []));

    private static IValueCipher Of(string kind, byte[] key) => kind switch
    {
        "aesgcm" => new AesGcmCipher(key),
        "aescbc" => new AesCbcCipher(key),
        _ => new SecretboxCipher(key),
    };
}
