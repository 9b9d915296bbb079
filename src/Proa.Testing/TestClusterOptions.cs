using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.Controllers;

namespace Proa.Testing;

/// <summary>What a test wants of its cluster.</summary>
public sealed record TestClusterOptions
{
    /// <summary>
    /// Which controllers run, as <c>proa up --controllers</c> has it: <c>*</c> is all, <c>name</c> adds one, <c>-name</c> takes
    /// one out. Without an entry: those that make namespaces usable and clean them up.
    /// </summary>
    public string Controllers { get; init; } = "serviceaccount,rootcapublisher,namespace,resourcequota";

    /// <summary>Changes how the controllers run; null: as in a cluster, but that the garbage collector begins at once.</summary>
    public Func<ControllerManagerOptions, ControllerManagerOptions>? ConfigureControllers { get; init; }

    /// <summary>The time by which everything in the cluster goes.</summary>
    public TestClock Clock { get; init; } = new();

    /// <summary>Where its parts log to.</summary>
    public ILoggerFactory Logging { get; init; } = NullLoggerFactory.Instance;

    /// <summary>False: whoever asks may do everything. Otherwise the roles of a fresh cluster are in force.</summary>
    public bool Authorization { get; init; } = true;
}
