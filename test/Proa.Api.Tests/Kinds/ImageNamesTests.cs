using Proa.Api.Kinds.Pods;

namespace Proa.Api.Tests.Kinds;

public sealed class ImageNamesTests
{
    [Theory]
    [InlineData("busybox", "Always")]
    [InlineData("busybox:latest", "Always")]
    [InlineData("busybox:1", "IfNotPresent")]
    [InlineData("localhost:5000/a/b", "Always")]
    [InlineData("[::1]:5000/a:latest", "Always")]
    [InlineData("a.example/b__c/d-e.f", "Always")]
    [InlineData("a:latest@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "Always")]
    [InlineData("a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "IfNotPresent")]
    [InlineData("a@sha256:0123", "IfNotPresent")]
    [InlineData("", "IfNotPresent")]
    [InlineData("-a", "IfNotPresent")]
    [InlineData("Bad_Value!", "IfNotPresent")]
    [InlineData("a/B", "IfNotPresent")]
    [InlineData("a..b", "IfNotPresent")]
    [InlineData("a___b", "IfNotPresent")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "IfNotPresent")]
    public void DefaultPullPolicy_Image_IsAlwaysOnlyForLatest(string image, string policy) => Assert.Equal(policy, ImageNames.DefaultPullPolicy(image));
}
