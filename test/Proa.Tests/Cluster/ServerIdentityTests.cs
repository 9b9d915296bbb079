using Proa.Cluster;

namespace Proa.Tests.Cluster;

public sealed class ServerIdentityTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("proa-identity-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Take_EachStart_IsNew_AndKnowsThoseBefore()
    {
        var paths = new ClusterPaths(_folder);
        var first = ServerIdentity.Take(paths);
        var second = ServerIdentity.Take(paths);
        var third = ServerIdentity.Take(paths);
        Assert.Empty(first.Former);
        Assert.Equal([first.Name, second.Name], third.Former);
        Assert.StartsWith(Environment.MachineName + "_", third.Name);
        Assert.Equal(3, new[] { first.Name, second.Name, third.Name }.Distinct().Count());
    }

    [Fact]
    public void Take_ManyStarts_ForgetsTheOldest()
    {
        var paths = new ClusterPaths(_folder);
        for (var i = 0; i < 40; i++)
        {
            ServerIdentity.Take(paths);
        }
        Assert.Equal(16, ServerIdentity.Take(paths).Former.Count);
    }
}
