using Proa.Controllers.Common;

namespace Proa.Controllers;

/// <summary>A controller that can be run.</summary>
/// <param name="Name">As it is enabled and disabled.</param>
/// <param name="Account">The service account in <c>kube-system</c> as which it acts; the bootstrap roles are bound to it.</param>
/// <param name="Component">The source that its Events name.</param>
internal sealed record ControllerEntry(string Name, string Account, string Component, Func<ControllerContext, IController> Create);
