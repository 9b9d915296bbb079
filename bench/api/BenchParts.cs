using Proa.Bench.Api.Parts;

namespace Proa.Bench.Api;

internal static class BenchParts
{
    public static IReadOnlyList<BenchPart> All(double scale) =>
    [
        new CreatePart { Scale = scale },
        new GetPart { Scale = scale },
        new ListPart { Scale = scale },
        new BigListPart { Scale = scale },
        new SelectPart { Scale = scale },
        new UpdatePart { Scale = scale },
        new WatchPart { Scale = scale },
        new MixedPart { Scale = scale },
        new MemoryPart { Scale = scale },
        new StartPart { Scale = scale },
    ];
}
