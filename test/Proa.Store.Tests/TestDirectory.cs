namespace Proa.Store.Tests;

/// <summary>A data directory that goes away with the test.</summary>
internal sealed class TestDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("proa-store-").FullName;

    public string Database => System.IO.Path.Combine(Path, "store.db");

    public StoreOptions Options => new() { DataDirectory = Path };

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
