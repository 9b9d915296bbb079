using Microsoft.Extensions.Logging;
using Proa.Client;
using Proa.Client.Events;
using Proa.Client.Informers;
using Proa.Controllers.Resources;

namespace Proa.Controllers.Common;

/// <summary>What a controller is made of: its own identity at the API, the shared informers, and the clock.</summary>
internal sealed record ControllerContext(
    IClusterClient Client, IInformerFactory Informers, IEventRecorder Events, ResourceCatalog Resources, TimeProvider Time,
    ILogger Logger, ControllerManagerOptions Options);
