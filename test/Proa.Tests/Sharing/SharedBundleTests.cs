using Proa.Cluster;
using Proa.Sharing;

namespace Proa.Tests.Sharing;

public sealed class SharedBundleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("proa-bundle-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void WriteTo_AnotherDirectory_GivesItTheKeys_ButNoneOfThatServersOwn()
    {
        var (first, second) = (new ClusterPaths(Path.Combine(_folder, "a")), new ClusterPaths(Path.Combine(_folder, "b")));
        Put(first.Pki, "ca.crt", "authority");
        Put(first.Pki, "sa.key", "signs");
        Put(first.Pki, "server.key", "its own");
        Put(first.Pki, "cluster-key", "opens");
        Put(Path.GetDirectoryName(first.EncryptionKey)!, "encryption-key", "secrets");
        var config = new ClusterConfig { Id = "1", NodeName = "n", ServiceRange = "10.1.0.0/16", NodePorts = "1-2", Domain = "d" };

        var bundle = SharedBundle.Read(SharedBundle.Of(first, config).ToUtf8());
        bundle.WriteTo(second);

        Assert.Equal(("10.1.0.0/16", "1-2", "d"), (bundle.ServiceRange, bundle.NodePorts, bundle.Domain));
        Assert.Equal(["pki/ca.crt", "pki/sa.key", "state/pki/encryption-key"], Directory.GetFiles(second.Root, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(second.Root, file)).Order());
        Assert.Equal("signs", File.ReadAllText(Path.Combine(second.Pki, "sa.key")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(second.EncryptionKey));
    }

    [Fact]
    public void WriteTo_APathElsewhere_IsRefused()
    {
        var bundle = new SharedBundle(1, "", "", "", new(StringComparer.Ordinal) { ["pki/../../x"] = [] });
        Assert.Throws<InvalidDataException>(() => bundle.WriteTo(new ClusterPaths(Path.Combine(_folder, "a"))));
    }

    [Fact]
    public void Read_NewerFormat_SaysSo() => Assert.Contains("newer version", Assert.Throws<UserException>(
        () => SharedBundle.Read(new SharedBundle(2, "", "", "", []).ToUtf8())).Message);

    private static void Put(string folder, string name, string content)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, name), content);
    }
}
