using Microsoft.Extensions.Logging.Abstractions;
using Proa.Store.Etcd;
using Proa.Store.Index;

namespace Proa.Store.Tests.Etcd;

/// <summary>Ways to open stores on a test's etcd.</summary>
internal static class EtcdStores
{
    public static string NewPrefix() => $"/test-{Guid.NewGuid():N}";

    public static EtcdOptions Options(IReadOnlyList<Uri> endpoints, string prefix) =>
        new() { Endpoints = endpoints, Prefix = prefix, CompactionInterval = TimeSpan.Zero };

    public static Task<EtcdStore> OpenAsync(EtcdOptions options, TimeProvider? time = null, HistoryLimits? limits = null) => EtcdStore.OpenAsync(
        options, StoreRequests.IndexOf, time ?? TimeProvider.System, NullLogger.Instance, limits ?? HistoryLimits.Default,
        TestContext.Current.CancellationToken);
}
