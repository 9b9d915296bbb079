using Proa.Api.Meta;

namespace Proa.Node.Volumes;

/// <summary>One object that a pod refers to.</summary>
internal readonly record struct ObjectKey(ResourceInfo Resource, string Namespace, string Name);
