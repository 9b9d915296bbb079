namespace Proa.Controllers.Common;

/// <summary>One controller: wired to its informers when it is made, at work while it runs.</summary>
internal interface IController
{
    /// <summary>Waits for the informers, then reconciles until the token is cancelled.</summary>
    Task RunAsync(CancellationToken ct);
}
