using Proa.Store.Encryption.Configuration;

namespace Proa.Store.Tests.Encryption;

/// <summary>The original's rules and words.</summary>
public sealed class EncryptionConfigurationTests
{
    private const string Key = "MDAwMTAyMDMwNDA1MDYwNzA4MDkwYTBiMGMwZDBlMGY=";

    [Theory]
    [InlineData("", "resources: Required value: at least one resources is required")]
    [InlineData("- {resources: [secrets]}", "resources[0].providers: Required value: at least one resources[0].providers is required")]
    [InlineData("- {providers: [identity: {}]}", "resources[0].resources: Required value: at least one resources[0].resources is required")]
    [InlineData("- {resources: [secrets, secrets], providers: [identity: {}]}", "resources[0].resources: Invalid value: [\"secrets\",\"secrets\"]: the same resource cannot be specified multiple times")]
    [InlineData("- {resources: [secrets, '*.'], providers: [identity: {}]}", "resources[0].resources: Invalid value: [\"secrets\",\"*.\"]: using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked")]
    [InlineData("- {resources: ['*.*', 'pods.apps'], providers: [identity: {}]}", "resources[0].resources: Invalid value: [\"*.*\",\"pods.apps\"]: using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked")]
    [InlineData("- {resources: ['*'], providers: [identity: {}]}", "resources[0].resources[0]: Invalid value: \"*\": use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources")]
    [InlineData("- {resources: [Secrets], providers: [identity: {}]}", "resources[0].resources[0]: Invalid value: \"Secrets\": resource name should not contain capital letters")]
    [InlineData("- {resources: ['*.events.k8s.io'], providers: [identity: {}]}", "resources[0].resources[0]: Invalid value: \"*.events.k8s.io\": '*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file")]
    [InlineData("- {resources: ['*.extensions'], providers: [identity: {}]}", "resources[0].resources[0]: Invalid value: \"*.extensions\": 'extensions' group has been removed and cannot be used for encryption")]
    [InlineData("- {resources: ['secrets.*'], providers: [identity: {}]}", "resources[0].resources[0]: Invalid value: \"secrets.*\": encrypting the same resource across groups is not supported")]
    [InlineData("- {resources: [serviceipallocations], providers: [identity: {}]}", "resources[0].resources[0]: Invalid value: \"serviceipallocations\": resources which do not have REST API/s cannot be encrypted")]
    [InlineData("- {resources: [secrets], providers: [{aesgcm: {}}]}", "resources[0].providers[0].aesgcm.keys: Required value: at least one keys is required")]
    [InlineData("- {resources: [secrets], providers: [{aesgcm: {keys: [{name: a}]}}]}", "resources[0].providers[0].aesgcm.keys[0].secret: Required value: secret is a mandatory field for a key")]
    [InlineData("- {resources: [secrets], providers: [{aescbc: {keys: [{secret: " + Key + "}]}}]}", "resources[0].providers[0].aescbc.keys[0].name: Required value: name is a mandatory field for a key")]
    [InlineData("- {resources: [secrets], providers: [{aescbc: {keys: [{name: a, secret: 'no base'}]}}]}", "resources[0].providers[0].aescbc.keys[0].secret: Invalid value: \"REDACTED\": secrets must be base64 encoded")]
    [InlineData("- {resources: [secrets], providers: [{aescbc: {keys: [{name: a, secret: YWJj}]}}]}", "resources[0].providers[0].aescbc.keys[0].secret: Invalid value: \"REDACTED\": secret is not of the expected length, got 3, expected one of [16 24 32]")]
    [InlineData("- {resources: [secrets], providers: [{secretbox: {keys: [{name: a, secret: YWJj}]}}]}", "resources[0].providers[0].secretbox.keys[0].secret: Invalid value: \"REDACTED\": secret is not of the expected length, got 3, expected one of [32]")]
    [InlineData("- {resources: [secrets], providers: [{}]}", "resources[0].providers[0]: Invalid value: \"REDACTED\": provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity")]
    [InlineData("- {resources: [secrets], providers: [{identity: {}, aesgcm: {keys: [{name: a, secret: " + Key + "}]}}]}", "resources[0].providers[0]: Invalid value: \"REDACTED\": more than one provider specified in a single element, should split into different list elements")]
    [InlineData("- {resources: [secrets], providers: [{kms: {apiVersion: v2, name: 'a:b', endpoint: 'unix:///s'}}]}", "resources[0].providers[0].kms.name: Invalid value: \"a:b\": invalid KMS provider name a:b, must not contain ':'")]
    [InlineData("- {resources: [secrets], providers: [{kms: {apiVersion: v2, name: a, endpoint: 'https://s'}}]}", "resources[0].providers[0].kms.endpoint: Invalid value: \"https://s\": unsupported scheme \"https\" for KMS provider, only unix is supported")]
    [InlineData("- {resources: [secrets], providers: [{kms: {apiVersion: v2, name: a, endpoint: 'unix:///s', timeout: 0s}}]}", "resources[0].providers[0].kms.timeout: Invalid value: \"0s\": timeout should be a positive value")]
    [InlineData("- {resources: [secrets], providers: [{kms: {apiVersion: v2, name: a, endpoint: 'unix:///s', cachesize: 5}}]}", "resources[0].providers[0].kms.cachesize: Invalid value: 5: cachesize is not supported in v2")]
    [InlineData("- {resources: [secrets], providers: [{kms: {apiVersion: v2, name: a, endpoint: 'unix:///s'}}, {kms: {apiVersion: v2, name: a, endpoint: 'unix:///s'}}]}", "resources[0].providers[1].kms.name: Invalid value: \"a\": duplicate KMS provider name a, names must be unique")]
    [InlineData("- {resources: [secrets], providers: [{aesgmc: {}}]}", "strict decoding error: unknown field \"resources[0].providers[0].aesgmc\"")]
    [InlineData("- {resources: ['*.*'], providers: [identity: {}]}\n- {resources: [secrets], providers: [identity: {}]}", "resource \"secrets\" is masked by earlier rule \"*.*\"")]
    [InlineData("- {resources: ['*.'], providers: [identity: {}]}\n- {resources: [secrets], providers: [identity: {}]}", "resource \"secrets\" is masked by earlier rule \"*.\"")]
    public void Read_Wrong_IsRefusedInTheOriginalsWords(string resources, string problem)
    {
        var yaml = $"kind: EncryptionConfiguration\napiVersion: apiserver.config.k8s.io/v1\nresources:\n{resources}\n";
        var refused = Assert.Throws<FormatException>(() => EncryptionConfiguration.Read(yaml, TimeProvider.System));
        Assert.Equal(problem, refused.Message);
    }

    [Fact]
    public void Read_SeveralEntries_TheEarlierAndTheNarrowerDecide()
    {
        var configuration = EncryptionConfiguration.Read(
            $$"""
            kind: EncryptionConfiguration
            apiVersion: apiserver.config.k8s.io/v1
            resources:
            - resources: [events]
              providers: [identity: {}]
            - resources: [secrets, pandas.awesome.bears.example]
              providers:
              - aescbc: {keys: [{name: key1, secret: {{Key}} }, {name: old, secret: {{Key}} }]}
              - identity: {}
            - resources: ['*.apps']
              providers: [aesgcm: {keys: [{name: key2, secret: {{Key}} }]}]
            - resources: ['*.']
              providers: [secretbox: {keys: [{name: key4, secret: {{Key}} }]}]
            - resources: ['*.*']
              providers: [aescbc: {keys: [{name: key3, secret: {{Key}} }]}]
            """,
            TimeProvider.System);
        Assert.Equal("identity", Writers("events"));
        Assert.Equal("k8s:enc:aescbc:v1:key1: k8s:enc:aescbc:v1:old: identity", Writers("secrets"));
        Assert.Equal("k8s:enc:aescbc:v1:key1: k8s:enc:aescbc:v1:old: identity", Writers("pandas.awesome.bears.example"));
        Assert.Equal("k8s:enc:aesgcm:v1:key2:", Writers("deployments.apps"));
        Assert.Equal("k8s:enc:secretbox:v1:key4:", Writers("pods"));
        Assert.Equal("k8s:enc:aescbc:v1:key3:", Writers("jobs.batch"));

        string Writers(string resource) => string.Join(' ', configuration.Providers.For(resource)
            .Select(provider => provider.Cipher is null ? "identity" : System.Text.Encoding.ASCII.GetString(provider.Prefix)));
    }

    [Theory]
    [InlineData("", "encryption provider configuration file is empty")]
    [InlineData("kind: Other", "it holds no apiserver.config.k8s.io/v1 EncryptionConfiguration")]
    public void Read_NoConfiguration_IsRefused(string yaml, string problem) =>
        Assert.Equal(problem, Assert.Throws<FormatException>(() => EncryptionConfiguration.Read(yaml, TimeProvider.System)).Message);
}
