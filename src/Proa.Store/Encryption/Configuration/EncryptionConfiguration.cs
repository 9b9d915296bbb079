using System.Text;
using Proa.Api.Json;
using Proa.Api.Kinds;
using Proa.Api.Meta;
using Proa.Api.Yaml;
using Proa.Store.Encryption.Ciphers;
using Proa.Store.Encryption.Kms;

namespace Proa.Store.Encryption.Configuration;

/// <summary>
/// An <c>apiserver.config.k8s.io/v1 EncryptionConfiguration</c>: the original's file, its rules, its messages. Immutable, but for
/// what its KMS plugins answer.
/// </summary>
public sealed class EncryptionConfiguration
{
    private EncryptionConfiguration(EncryptionProviders providers, IReadOnlyList<KmsCipher> plugins) => (Providers, Plugins) = (providers, plugins);

    internal EncryptionProviders Providers { get; }

    internal IReadOnlyList<KmsCipher> Plugins { get; }

    /// <exception cref="FormatException">Not such a configuration: in the words of the original.</exception>
    public static EncryptionConfiguration Read(string yaml, TimeProvider time)
    {
        if (yaml.Length == 0)
        {
            throw new FormatException("encryption provider configuration file is empty");
        }
        if (YamlTree.Parse(Encoding.UTF8.GetBytes(yaml)) is not JsonObject file || file.String("kind") != "EncryptionConfiguration"
            || file.String("apiVersion") is not ("apiserver.config.k8s.io/v1"))
        {
            throw new FormatException("it holds no apiserver.config.k8s.io/v1 EncryptionConfiguration");
        }
        EncryptionRules.RefuseUnknown(file);
        var errors = new FieldErrors();
        EncryptionRules.Check(file, errors);
        if (errors.Count > 0)
        {
            throw new FormatException(FieldError.Aggregate(errors.All));
        }
        return Build(file, time);
    }

    private static EncryptionConfiguration Build(JsonObject file, TimeProvider time)
    {
        var rules = new Dictionary<string, IReadOnlyList<ValueProvider>>(StringComparer.Ordinal);
        var plugins = new List<KmsCipher>();
        foreach (var entry in file.Array("resources")!.OfType<JsonObject>())
        {
            List<ValueProvider> providers = [.. entry.Array("providers")!.OfType<JsonObject>().SelectMany(provider => Of(provider, time, plugins))];
            foreach (var resource in entry.Array("resources")!.OfType<JsonString>().Select(item => item.Value))
            {
                var (name, group) = EncryptionRules.Parse(resource);
                foreach (var masking in (string[])[$"*.{group}", "*.*"])
                {
                    if (rules.ContainsKey(masking))
                    {
                        throw new FormatException($"resource \"{Shown(name, group)}\" is masked by earlier rule \"{masking}\"");
                    }
                }
                var key = $"{name}.{group}";
                rules[key] = rules.TryGetValue(key, out var earlier) ? [.. earlier, .. providers] : providers;
            }
        }
        return new(new EncryptionProviders(rules), plugins);
    }

    private static string Shown(string name, string group) => group.Length > 0 || name == "*" ? $"{name}.{group}" : name;

    private static IEnumerable<ValueProvider> Of(JsonObject provider, TimeProvider time, List<KmsCipher> plugins)
    {
        if (provider.Object("kms") is { } kms)
        {
            var plugin = new KmsCipher(kms.String("name")!, KmsCipher.SocketOf(kms.String("endpoint")!), EncryptionRules.Timeout(kms)!.Value, time);
            plugins.Add(plugin);
            return [ValueProvider.Of($"k8s:enc:kms:v2:{kms.String("name")}:", plugin)];
        }
        foreach (var (name, make) in new (string, Func<byte[], IValueCipher>)[]
        {
            ("aesgcm", key => new AesGcmCipher(key)), ("aescbc", key => new AesCbcCipher(key)), ("secretbox", key => new SecretboxCipher(key)),
        })
        {
            if (provider.Object(name) is { } found)
            {
                return found.Array("keys")!.OfType<JsonObject>()
                    .Select(key => ValueProvider.Of($"k8s:enc:{name}:v1:{key.String("name")}:", make(Convert.FromBase64String(key.String("secret")!))));
            }
        }
        return [ValueProvider.Identity];
    }
}
