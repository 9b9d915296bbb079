using System.Diagnostics.CodeAnalysis;
using Proa.Api.Models.Meta;

namespace Proa.Client;

/// <summary>What the API answered: a value, or the Status that refused it.</summary>
public readonly struct ApiResult<T>
{
    private readonly T? _value;

    private ApiResult(T? value, Status? error)
    {
        _value = value;
        Error = error;
    }

    /// <summary>Null when the call succeeded.</summary>
    public Status? Error { get; }

    [MemberNotNullWhen(false, nameof(Error))]
    public bool Ok => Error is null;

    /// <summary>The answer.</summary>
    /// <exception cref="ApiException">The API refused.</exception>
    public T Value => Error is null ? _value! : throw new ApiException(Error);

    public bool IsNotFound => Error?.Code == 404;

    /// <summary>The object exists already, or was changed since it was read.</summary>
    public bool IsConflict => Error?.Code == 409;

    public bool IsInvalid => Error?.Code == 422;

    public static implicit operator ApiResult<T>(T value) => new(value, null);

    public static implicit operator ApiResult<T>(Status error) => new(default, error);

    public ApiResult<TOther> Select<TOther>(Func<T, TOther> map) => Error is null ? map(_value!) : (ApiResult<TOther>)Error;
}

/// <summary>The API refused, and the caller had no use for the refusal as a value.</summary>
public sealed class ApiException(Status status) : Exception(status.Message)
{
    public Status Status { get; } = status;
}
