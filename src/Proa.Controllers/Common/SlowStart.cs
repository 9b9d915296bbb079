using Proa.Api.Models.Meta;

namespace Proa.Controllers.Common;

/// <summary>
/// Does the same thing many times in batches of 1, 2, 4, …, and stops after the first batch with a failure: what fails for
/// one pod (a quota, a webhook) mostly fails for all, and need not be tried a thousand times.
/// </summary>
internal static class SlowStart
{
    /// <param name="act">Returns null on success.</param>
    /// <returns>How many succeeded, and the first failure.</returns>
    public static async Task<(int Succeeded, Status? Error)> RunAsync(int count, Func<Task<Status?>> act)
    {
        var succeeded = 0;
        for (var batch = 1; succeeded < count; batch *= 2)
        {
            var size = Math.Min(batch, count - succeeded);
            var results = await Task.WhenAll(Enumerable.Range(0, size).Select(_ => act()));
            Status? error = null;
            foreach (var result in results)
            {
                if (result is null)
                {
                    succeeded++;
                }
                else
                {
                    error ??= result;
                }
            }
            if (error is not null)
            {
                return (succeeded, error);
            }
        }
        return (succeeded, null);
    }
}
