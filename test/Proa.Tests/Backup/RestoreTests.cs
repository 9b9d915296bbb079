using Proa.Backup;
using Proa.Cluster;

namespace Proa.Tests.Backup;

public sealed class RestoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("proa-restore-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Broken off after each of its steps in turn, and gone on with by the next start.</summary>
    [Fact]
    public void PutInPlace_BrokenOffAnywhere_IsEndedByTheNextStart()
    {
        for (var last = 1; ; last++)
        {
            var paths = new ClusterPaths(Path.Combine(_folder, $"{last}"));
            Fill(paths.Root, "old");
            Fill(Restore.Staged(paths), "new");
            File.WriteAllText(Restore.Mark(paths), "before-restore-1");
            var kept = Path.Combine(paths.Root, "before-restore-1");
            var steps = 0;
            try
            {
                Restore.PutInPlace(paths, kept, _ =>
                {
                    if (++steps == last)
                    {
                        throw new EndOfStreamException();
                    }
                });
                Assert.Equal(8, last);
                return;
            }
            catch (EndOfStreamException)
            {
                Assert.True(File.Exists(Restore.Mark(paths)));
            }
            Assert.Equal(kept, Restore.Resume(paths));

            Assert.Equal(("new", "old"), (StateOf(paths.Root), StateOf(kept)));
            Assert.False(Path.Exists(Restore.Mark(paths)));
            Assert.False(Path.Exists(Restore.Staged(paths)));
            Assert.Null(Restore.Resume(paths));
        }
    }

    [Fact]
    public void Resume_WhatWasUnpackedIsGone_RefusesAnEmptyCluster()
    {
        var paths = new ClusterPaths(_folder);
        File.WriteAllText(Restore.Mark(paths), "before-restore-1");
        var refused = Assert.Throws<UserException>(() => Restore.Resume(paths));
        Assert.Contains("cluster.json is missing", refused.Message);
        Assert.Contains("proa restore FILE", refused.Todo);
        Assert.True(File.Exists(Restore.Mark(paths)));
    }

    private static void Fill(string root, string state)
    {
        Directory.CreateDirectory(Path.Combine(root, "pki"));
        Directory.CreateDirectory(Path.Combine(root, "state"));
        foreach (var file in new[] { "cluster.json", "pki/ca.crt", "state/store.db" })
        {
            File.WriteAllText(Path.Combine(root, file), state);
        }
    }

    private static string? StateOf(string root) =>
        new[] { "cluster.json", "pki/ca.crt", "state/store.db" }.Select(file => File.ReadAllText(Path.Combine(root, file))).Distinct().SingleOrDefault();
}
