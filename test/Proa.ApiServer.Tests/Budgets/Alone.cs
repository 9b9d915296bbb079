namespace Proa.ApiServer.Tests.Budgets;

/// <summary>Tests that nothing else may run beside: what the whole process allocates is counted.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
