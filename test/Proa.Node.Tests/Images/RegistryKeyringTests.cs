using System.Text;
using Proa.Api.Models.Core;
using Proa.Node.Images;

namespace Proa.Node.Tests.Images;

public sealed class RegistryKeyringTests
{
    [Theory]
    [InlineData("reg.example/team/app:1", "team,all")]
    [InlineData("reg.example/other", "all")]
    [InlineData("reg.example:5000/team/app", "")]
    [InlineData("a.glob.example/x", "glob")]
    [InlineData("a.b.glob.example/x", "")]
    [InlineData("busybox", "hub")]
    [InlineData("127.0.0.1:5000/x", "local")]
    public void For_Image_FindsLongestKeyFirst(string image, string expected)
    {
        var keyring = new RegistryKeyring();
        keyring.Add(new Secret
        {
            Type = "kubernetes.io/dockerconfigjson",
            Data = new Dictionary<string, byte[]>
            {
                [".dockerconfigjson"] = Encoding.UTF8.GetBytes($$$"""
                    {"auths":{"reg.example":{"auth":"{{{Base64("all:p")}}}"},"https://reg.example/team":{"username":"team","password":"p"},
                     "*.glob.example":{"username":"glob"},"https://index.docker.io/v1/":{"username":"hub"},"127.0.0.1:5000":{"username":"local"} } }
                    """),
            },
        });

        var found = keyring.For(ImageReference.Parse(image).Reference!);

        Assert.Equal(expected, string.Join(',', found.Select(c => c.Username)));
    }

    [Fact]
    public void Add_MalformedSecret_HoldsNoLogin()
    {
        var keyring = new RegistryKeyring();
        keyring.Add(new Secret { Type = "kubernetes.io/dockerconfigjson", Data = new Dictionary<string, byte[]> { [".dockerconfigjson"] = "[1"u8.ToArray() } });
        Assert.Empty(keyring.For(ImageReference.Parse("a").Reference!));
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
