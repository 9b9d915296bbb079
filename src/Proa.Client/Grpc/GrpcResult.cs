namespace Proa.Client.Grpc;

/// <summary>A call's answer, or the status that refused it.</summary>
public readonly struct GrpcResult<T> where T : class
{
    private readonly T? _value;

    private GrpcResult(T? value, GrpcStatus status)
    {
        _value = value;
        Status = status;
    }

    public GrpcStatus Status { get; }

    public bool Ok => Status.Code == GrpcCode.Ok;

    public bool IsNotFound => Status.Code == GrpcCode.NotFound;

    /// <exception cref="InvalidOperationException">The call was refused.</exception>
    public T Value => _value ?? throw new InvalidOperationException(Status.ToString());

    public static implicit operator GrpcResult<T>(T value) => new(value, GrpcStatus.Ok);

    public static implicit operator GrpcResult<T>(GrpcStatus status) => new(null, status);
}
