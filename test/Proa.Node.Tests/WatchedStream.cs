using System.Text;

namespace Proa.Node.Tests;

/// <summary>Collects what is written, and tells when a text has come.</summary>
internal sealed class WatchedStream : MemoryStream
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Text
    {
        get
        {
            lock (_gate)
            {
                return Encoding.UTF8.GetString(ToArray());
            }
        }
    }

    public async Task ContainsAsync(string text)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (Encoding.UTF8.GetString(ToArray()).Contains(text, StringComparison.Ordinal))
                {
                    return;
                }
                changed = _changed.Task;
            }
            try
            {
                await changed.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
            }
            catch (TimeoutException)
            {
                Assert.Fail($"\"{text}\" did not come within 20 s of: {(Text.Length > 1000 ? Text[^1000..] : Text)}");
            }
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            Write(buffer.Span);
            _changed.TrySetResult();
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        return ValueTask.CompletedTask;
    }
}
