namespace Proa.Backup;

/// <summary>A restore that is ready to be put in place, and whoever waits for it.</summary>
/// <param name="putInPlace">To be called once, while nothing in this process works on the objects.</param>
/// <param name="tell">Told of the steps.</param>
internal sealed class RestoreOrder(Func<Task> putInPlace, Action<string> tell)
{
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the cluster works again; fails when nothing was changed, or when it does not work again.</summary>
    public Task Over => _over.Task;

    public Task PutInPlaceAsync() => putInPlace();

    public void Tell(string step) => tell(step);

    public void Complete() => _over.TrySetResult();

    public void Fail(Exception reason) => _over.TrySetException(reason);
}
