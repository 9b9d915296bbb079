using Proa.Bench.Api.Parts;

namespace Proa.Bench.Api;

internal static class BenchParts
{
    public static readonly IReadOnlyList<BenchPart> All =
    [
        new CreatePart(),
        new GetPart(),
        new ListPart(),
        new BigListPart(),
        new SelectPart(),
        new UpdatePart(),
        new WatchPart(),
        new MixedPart(),
        new MemoryPart(),
        new StartPart(),
    ];
}
