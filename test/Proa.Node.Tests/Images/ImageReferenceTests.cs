using Proa.Node.Images;

namespace Proa.Node.Tests.Images;

public sealed class ImageReferenceTests
{
    [Theory]
    [InlineData("busybox", "docker.io/library/busybox")]
    [InlineData("busybox:1.36", "docker.io/library/busybox:1.36")]
    [InlineData("user/app", "docker.io/user/app")]
    [InlineData("index.docker.io/library/a", "docker.io/library/a")]
    [InlineData("localhost/app:1", "localhost/app:1")]
    [InlineData("127.0.0.1:5000/x/y:1", "127.0.0.1:5000/x/y:1")]
    [InlineData("REG/a", "REG/a")]
    [InlineData("[::1]:5000/a", "[::1]:5000/a")]
    [InlineData("a__b/c--d.e:V-1.x_", "docker.io/a__b/c--d.e:V-1.x_")]
    [InlineData("a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "docker.io/library/a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    public void Parse_Valid_IsMadeWhole(string text, string expected) => Assert.Equal(expected, ImageReference.Parse(text).Reference?.ToString());

    [Theory]
    [InlineData("Not//Valid::", "invalid reference format: repository name (/Valid) must be lowercase")]
    [InlineData("library/Busybox", "invalid reference format: repository name (library/Busybox) must be lowercase")]
    [InlineData("", "invalid reference format")]
    [InlineData("a b", "invalid reference format")]
    [InlineData("a:", "invalid reference format")]
    [InlineData("a/", "invalid reference format")]
    [InlineData("a:-x", "invalid reference format")]
    [InlineData("-a", "invalid reference format")]
    [InlineData("a___b", "invalid reference format")]
    [InlineData("a@sha256:12", "invalid reference format")]
    [InlineData("host:port/a", "invalid reference format")]
    public void Parse_Invalid_SaysWhy(string text, string expected) => Assert.Equal(expected, ImageReference.Parse(text).Error);

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(532, "532ms")]
    [InlineData(1250, "1.25s")]
    [InlineData(123004, "2m3.004s")]
    [InlineData(3600000, "1h0m0s")]
    public void Format_Durations_AsTheOriginal(int milliseconds, string expected) =>
        Assert.Equal(expected, GoDuration.Format(TimeSpan.FromMilliseconds(milliseconds)));
}
