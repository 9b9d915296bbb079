namespace Proa.Store.Tests;

public sealed class ObjectStoreTests : ObjectStoreContract
{
    private protected override Task<IObjectStore> OpenAsync() => Task.FromResult<IObjectStore>(ObjectStore.InMemory(TimeProvider.System));
}
