using System.Diagnostics;

namespace Proa.EndToEnd.Tests.Harness;

/// <summary>
/// Waits for a state by watching: the condition is looked at again after each change in a namespace, never on a timer.
/// </summary>
internal static class Eventually
{
    public static async Task TrueAsync(Kubectl kubectl, string ns, Func<Task<bool>> condition, int seconds = 90, string kind = "pods")
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        // Armed before the first look: a change in between is not missed.
        using var watch = kubectl.Watch(ns, kind);
        try
        {
            while (!await condition())
            {
                if (await watch.StandardOutput.ReadLineAsync(bound.Token) is null)
                {
                    throw new InvalidOperationException("the watch ended");
                }
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"not so within {seconds} s in namespace {ns}:\n{await kubectl.MustAsync("-n", ns, "get", "pods,events", "-o", "wide")}");
        }
        finally
        {
            End(watch);
        }
    }

    private static void End(Process watch)
    {
        if (!watch.HasExited)
        {
            watch.Kill();
        }
    }
}
