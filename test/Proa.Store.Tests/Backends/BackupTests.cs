using Microsoft.Extensions.Logging.Abstractions;
using static Proa.Store.Tests.StoreRequests;

namespace Proa.Store.Tests.Backends;

public sealed class BackupTests
{
    [Fact]
    public async Task BackUp_WhileWritersWrite_IsTheStateAtOneRevision()
    {
        using var source = new TestDirectory();
        using var target = new TestDirectory();
        var ct = TestContext.Current.CancellationToken;
        var done = new System.Collections.Concurrent.ConcurrentBag<StoredObject>();
        long revision;
        string id;
        await using (var store = await OpenAsync(source.Options))
        {
            id = store.ClusterId;
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var enough = new TaskCompletionSource();
            var writers = Enumerable.Range(0, 4).Select(w => Task.Run(async () =>
            {
                for (var i = 0; !stop.IsCancellationRequested; i++)
                {
                    done.Add(await store.DoneAsync(Create($"w{w}-{i}", $"{i}", resource: w % 2 == 0 ? Maps : "secrets")));
                    if (i == 200)
                    {
                        enough.TrySetResult();
                    }
                }
            }, ct)).ToList();
            await enough.Task.WaitAsync(ct);
            revision = await store.BackUpAsync(target.Database);
            var after = store.Revision;
            stop.Cancel();
            await Task.WhenAll(writers);
            Assert.InRange(revision, 201, after);
        }
        Directory.CreateDirectory(Path.Combine(target.Path, "pki"));
        File.Copy(source.Options.EncryptionKeyPath, target.Options.EncryptionKeyPath);
        await using var copy = await OpenAsync(target.Options);
        Assert.Equal((revision, id), (copy.Revision, copy.ClusterId));
        var expected = done.Where(obj => obj.Revision <= revision).OrderBy(obj => obj.Revision).ToList();
        var found = copy.List(Maps, null)!.Items.Concat(copy.List("secrets", null)!.Items).OrderBy(obj => obj.Revision).ToList();
        Assert.Equal(expected.Select(obj => (obj.Key, obj.Revision, Value(obj))), found.Select(obj => (obj.Key, obj.Revision, Value(obj))));
    }

    [Fact]
    public async Task BackUp_Secrets_AreEncryptedInTheCopy()
    {
        using var source = new TestDirectory();
        await using var store = await OpenAsync(source.Options);
        await store.DoneAsync(Create("hidden", "hidden-text", resource: "secrets"));
        var copy = Path.Combine(source.Path, "copy.db");
        await store.BackUpAsync(copy);
        Assert.DoesNotContain("hidden-text", await File.ReadAllTextAsync(copy, System.Text.Encoding.Latin1, TestContext.Current.CancellationToken));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(copy));
    }

    [Fact]
    public async Task BackUp_NowhereToWrite_FailsAndTheStoreGoesOn()
    {
        using var source = new TestDirectory();
        await using var store = await OpenAsync(source.Options);
        await Assert.ThrowsAnyAsync<IOException>(() => store.BackUpAsync(Path.Combine(source.Path, "no-such-folder", "copy.db")));
        await store.DoneAsync(Create("a"));
    }

    [Fact]
    public async Task Adopt_RaisesTheRevisionAboveAllThatWereSeen()
    {
        using var source = new TestDirectory();
        await using (var store = await OpenAsync(source.Options))
        {
            await store.DoneAsync(Create("a", "1"));
        }
        Assert.Equal(2, StoreBackup.RevisionOf(source.Path));
        Assert.Equal(2, await StoreBackup.AdoptAsync(source.Options, 500, TimeProvider.System, NullLogger.Instance));
        await using var adopted = await OpenAsync(source.Options);
        Assert.Equal(500 + StoreBackup.RevisionGap, adopted.Revision);
        // A client that resumes from before is told to list anew.
        Assert.Null(adopted.Watch(Maps, null, 400));
        Assert.Equal(2, adopted.Get(new ObjectKey(Maps, "default", "a"))!.Revision);
    }

    private static Task<ObjectStore> OpenAsync(StoreOptions options) =>
        ObjectStore.OpenAsync(options, IndexOf, TimeProvider.System, NullLogger.Instance);
}
