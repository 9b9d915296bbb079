using Microsoft.Extensions.Logging;
using Proa.Client;
using Proa.Client.Events;
using Proa.Client.Informers;
using Proa.Controllers.Common;
using Proa.Controllers.Resources;

namespace Proa.Controllers;

/// <summary>Runs the controllers of a cluster. They share the informers; each acts under an identity of its own.</summary>
public sealed partial class ControllerManager
{
    private readonly List<(string Name, IController Controller, EventRecorder Events)> _controllers = [];
    private readonly ResourceCatalog _resources;
    private readonly ILogger _logger;

    /// <param name="clientFor">Gives the client of a controller by its service account in <c>kube-system</c>, such as <c>deployment-controller</c>.</param>
    /// <param name="informers">Shared; run by the caller.</param>
    /// <exception cref="ArgumentException">The options name a controller that does not exist.</exception>
    public ControllerManager(
        ControllerManagerOptions options, Func<string, IClusterClient> clientFor, IInformerFactory informers, TimeProvider time, ILoggerFactory loggers)
    {
        _logger = loggers.CreateLogger("Proa.Controllers");
        _resources = new(clientFor("generic-garbage-collector"), time, _logger);
        foreach (var entry in ControllerSelection.Of(options.Controllers, ControllerList.All))
        {
            var client = clientFor(entry.Account);
            var events = new EventRecorder(client, new(entry.Component), time, _logger);
            var context = new ControllerContext(client, informers, events, _resources, time, loggers.CreateLogger($"Proa.Controllers.{entry.Name}"), options);
            _controllers.Add((entry.Name, entry.Create(context), events));
        }
    }

    /// <summary>The names of all controllers, for <c>--controllers</c>.</summary>
    public static IEnumerable<string> Names => ControllerList.All.Select(entry => entry.Name);

    /// <exception cref="ArgumentException">The text names a controller that does not exist.</exception>
    public static void Check(string controllers) => ControllerSelection.Of(controllers, ControllerList.All);

    /// <summary>Runs until the token is cancelled and each controller's work in hand is over.</summary>
    public Task RunAsync(CancellationToken ct) => Task.WhenAll(_controllers.SelectMany(running => new[]
    {
        Task.Run(() => RunAsync(running.Name, running.Controller, ct), CancellationToken.None),
        running.Events.RunAsync(ct),
    }).Append(_resources.RunAsync(ct)));

    private async Task RunAsync(string name, IController controller, CancellationToken ct)
    {
        try
        {
            await controller.RunAsync(ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The end.
        }
        catch (Exception e)
        {
            LogStopped(_logger, e, name);
            throw;
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "Controller {Name} stopped")]
    private static partial void LogStopped(ILogger logger, Exception exception, string name);
}
