namespace Proa.Setup;

/// <summary>One thing that a machine must or should have.</summary>
/// <param name="Package">The package that brings it; null when no package can.</param>
/// <param name="Required">Without it no node runs.</param>
internal sealed record HostCheck(string Name, bool Ok, bool Required, string Detail, string? Package = null, string? Todo = null);
