namespace Proa.Client.Grpc;

/// <summary>The codes of gRPC that callers tell apart; numbers are the protocol's.</summary>
public enum GrpcCode
{
    Ok = 0,
    Cancelled = 1,
    Unknown = 2,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    AlreadyExists = 6,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    FailedPrecondition = 9,
    Aborted = 10,
    OutOfRange = 11,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    DataLoss = 15,
    Unauthenticated = 16,
}

/// <summary>How a call ended.</summary>
public readonly record struct GrpcStatus(GrpcCode Code, string Message)
{
    public static readonly GrpcStatus Ok = new(GrpcCode.Ok, "");

    /// <summary>No connection came about: the other side has not seen the request.</summary>
    public bool NotSent { get; init; }

    /// <summary>TLS failed: the two sides do not accept each other.</summary>
    public bool NotTrusted { get; init; }

    internal static GrpcStatus Of(Exception error) => new(GrpcCode.Unavailable, error.InnerException?.Message ?? error.Message)
    {
        // A cancellation that nobody asked for is that of an attempt to connect.
        NotSent = error is OperationCanceledException or HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
        },
        NotTrusted = error is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError },
    };

    public override string ToString() => $"{Code}: {Message}";
}
