using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Proa.Store.Etcd;

/// <summary>
/// What the client shows to etcd's members and whom it trusts. The files are looked at for each connection, so that they can be
/// replaced while the server runs; where they cannot be used, the last good ones are. Thread-safe.
/// </summary>
internal sealed partial class EtcdTls
{
    private static readonly Oid s_serverAuthentication = new("1.3.6.1.5.5.7.3.1");

    private readonly ILogger _logger;
    private readonly FileContent<X509Certificate2Collection>? _authorities;
    private readonly FileContent<X509Certificate2>? _certificate;

    private EtcdTls(EtcdOptions options, ILogger logger)
    {
        _logger = logger;
        if (options.AuthorityPath is { } authority)
        {
            _authorities = new([authority], static texts =>
            {
                var all = new X509Certificate2Collection();
                all.ImportFromPem(texts[0]);
                return all.Count > 0 ? all : throw new CryptographicException("it holds no certificate");
            });
        }
        if (options.CertificatePath is { } certificate)
        {
            _certificate = new([certificate, options.KeyPath ?? certificate], static texts => X509Certificate2.CreateFromPem(texts[0], texts[1]));
        }
    }

    /// <returns>Null when no file is named: the machine's trust, no certificate.</returns>
    /// <exception cref="StoreOpenException">A file cannot be read.</exception>
    public static SslClientAuthenticationOptions? Of(EtcdOptions options, ILogger logger)
    {
        if (options.CertificatePath is null && options.AuthorityPath is null)
        {
            return null;
        }
        var files = new EtcdTls(options, logger);
        // A resumed session would show the certificate of the one that it resumes.
        var tls = new SslClientAuthenticationOptions { AllowTlsResume = false };
        if (files._authorities is { } authorities)
        {
            authorities.Load();
            tls.RemoteCertificateValidationCallback = (_, shown, chain, errors) => files.Trusts(shown as X509Certificate2, chain, errors);
        }
        if (files._certificate is { } certificate)
        {
            certificate.Load();
            tls.LocalCertificateSelectionCallback = (_, _, _, _, _) => files.Now(certificate);
        }
        return tls;
    }

    private bool Trusts(X509Certificate2? shown, X509Chain? sent, SslPolicyErrors errors)
    {
        if (shown is null || (errors & SslPolicyErrors.RemoteCertificateNotAvailable) != 0)
        {
            throw new AuthenticationException("the member shows no certificate");
        }
        if ((errors & SslPolicyErrors.RemoteCertificateNameMismatch) != 0)
        {
            throw new AuthenticationException($"the member's certificate ({shown.Subject}) is for other addresses");
        }
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(s_serverAuthentication);
        chain.ChainPolicy.CustomTrustStore.AddRange(Now(_authorities!));
        if (sent is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        }
        if (!chain.Build(shown))
        {
            throw new AuthenticationException(
                $"the member's certificate ({shown.Subject}) is not to be trusted: {string.Join(", ", chain.ChainStatus.Select(static status => status.StatusInformation.Trim()))}");
        }
        return true;
    }

    private T Now<T>(FileContent<T> content) where T : class
    {
        if (content.Refresh() is { } problem)
        {
            LogNotReloaded(content.Path, problem);
        }
        return content.Value;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} cannot be used with etcd, what was before stays in force: {Reason}")]
    private partial void LogNotReloaded(string path, string reason);

    /// <summary>Something made of files, and made again when they say something else.</summary>
    private sealed class FileContent<T>(string[] paths, Func<string[], T> parse) where T : class
    {
        private readonly Lock _gate = new();
        private string[] _texts = [];
        private T? _value;

        public string Path => paths[0];

        public T Value => _value!;

        /// <exception cref="StoreOpenException">It cannot be read.</exception>
        public void Load()
        {
            try
            {
                Read();
            }
            catch (Exception error) when (IsOfFile(error))
            {
                throw new StoreOpenException(Path, $"cannot be used with etcd: {error.Message}", "Give a PEM file, and for a certificate its key.", error);
            }
        }

        /// <returns>Why the last good one stays; null: it is as the files are.</returns>
        public string? Refresh()
        {
            try
            {
                Read();
                return null;
            }
            catch (Exception error) when (IsOfFile(error))
            {
                // Perhaps one file of two is new, and the other one is not there yet: the next connection looks again.
                return error.Message;
            }
        }

        private static bool IsOfFile(Exception error) => error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;

        private void Read()
        {
            lock (_gate)
            {
                var texts = Array.ConvertAll(paths, File.ReadAllText);
                if (_value is null || !texts.AsSpan().SequenceEqual(_texts))
                {
                    _value = parse(texts);
                    _texts = texts;
                }
            }
        }
    }
}
