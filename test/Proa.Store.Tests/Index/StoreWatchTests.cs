using Microsoft.Extensions.Logging.Abstractions;
using Proa.Store.Index;

namespace Proa.Store.Tests.Index;

public sealed class StoreWatchTests : StoreWatchContract
{
    private protected override Task<IObjectStore> OpenAsync(TimeProvider time, HistoryLimits limits) =>
        Task.FromResult<IObjectStore>(ObjectStore.InMemory(time, NullLogger.Instance, limits));
}
