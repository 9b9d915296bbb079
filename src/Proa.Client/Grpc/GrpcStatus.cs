namespace Proa.Client.Grpc;

/// <summary>The codes of gRPC that the node agent tells apart; numbers are the protocol's.</summary>
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

    public override string ToString() => $"{Code}: {Message}";
}
