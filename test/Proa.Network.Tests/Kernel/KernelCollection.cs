namespace Proa.Network.Tests.Kernel;

/// <summary>Tests that share the one network namespace run one after another.</summary>
[CollectionDefinition(Name)]
public sealed class KernelCollection
{
    public const string Name = "kernel";
}
