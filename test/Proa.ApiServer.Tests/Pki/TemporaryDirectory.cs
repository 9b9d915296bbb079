namespace Proa.ApiServer.Tests.Pki;

internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("proa-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
