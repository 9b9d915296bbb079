using Proa.Api.Meta;

namespace Proa.Node.Volumes;

/// <param name="PodsDirectory">Where each pod has a directory of its uid; absolute.</param>
/// <param name="Allocatable">What the node offers to pods: the limit of a container that states none.</param>
public sealed record PodVolumesOptions(string PodsDirectory, Func<IReadOnlyDictionary<string, Quantity>> Allocatable);
