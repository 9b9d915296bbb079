using Proa.Api.Meta;
using Proa.Api.Models.Meta;

namespace Proa.ApiServer.Pipeline;

/// <summary>The refusals, with the codes, reasons and texts that Kubernetes gives them.</summary>
public static class Statuses
{
    public static readonly StatusDetails NoDetails = new();

    public static Status Failure(int code, string reason, string message, StatusDetails? details = null) => new()
    {
        ApiVersion = "v1",
        Kind = "Status",
        Code = code,
        StatusValue = "Failure",
        Reason = reason.Length == 0 ? null : reason,
        Message = message,
        Details = details,
    };

    public static Status BadRequest(string message) => Failure(400, "BadRequest", message);

    public static Status Unauthorized() => Failure(401, "Unauthorized", "Unauthorized");

    /// <param name="message">What follows "is forbidden: ".</param>
    public static Status Forbidden(string groupResource, string name, string message) =>
        Failure(403, "Forbidden", Subject(groupResource, name) + " is forbidden: " + message, Of(groupResource, name));

    public static Status ForbiddenPath(string message) => Failure(403, "Forbidden", message, NoDetails);

    public static Status NotFound(string groupResource, string name) =>
        Failure(404, "NotFound", $"{groupResource} \"{name}\" not found", Of(groupResource, name));

    /// <summary>No such resource type or path.</summary>
    public static Status NoSuchResource() =>
        Failure(404, "NotFound", "the server could not find the requested resource", NoDetails);

    public static Status MethodNotAllowed() =>
        Failure(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", NoDetails);

    public static Status NotAcceptable(string accepted) =>
        Failure(406, "NotAcceptable", $"406: Not Acceptable\n\nAvailable representations: {accepted}", NoDetails);

    /// <summary>A type is known, but not in the form that is asked for.</summary>
    public static Status NotAcceptableForm(string accepted) =>
        Failure(406, "NotAcceptable", $"only the following media types are accepted: {accepted}", NoDetails);

    public static Status NotAcceptableMessage(string message) => Failure(406, "NotAcceptable", message);

    public static Status AlreadyExists(string groupResource, string name) =>
        Failure(409, "AlreadyExists", $"{groupResource} \"{name}\" already exists", Of(groupResource, name));

    public static Status Conflict(string groupResource, string name, string message) =>
        Failure(409, "Conflict", $"Operation cannot be fulfilled on {groupResource} \"{name}\": {message}", Of(groupResource, name));

    public static Status Modified(string groupResource, string name) =>
        Conflict(groupResource, name, "the object has been modified; please apply your changes to the latest version and try again");

    public static Status Expired(string message) => Failure(410, "Expired", message);

    /// <summary>The server gave the request up.</summary>
    public static Status Timeout(string message) => Failure(504, "Timeout", "Timeout: " + message, NoDetails);

    public static Status TooLarge(string message) => Failure(413, "RequestEntityTooLarge", message, NoDetails);

    public static Status UnsupportedMediaType(string message, StatusDetails? details = null) =>
        Failure(415, "UnsupportedMediaType", message, details);

    /// <param name="group">Of the kind; empty for the core group.</param>
    public static Status Invalid(string group, string kind, string name, IReadOnlyList<StatusCause> causes)
    {
        var qualified = group.Length == 0 ? kind : $"{kind}.{group}";
        return Failure(422, "Invalid", $"{qualified} \"{name}\" is invalid: {Summary(causes)}", new StatusDetails
        {
            Group = NullIfEmpty(group),
            Kind = kind,
            Name = NullIfEmpty(name),
            Causes = causes,
        });
    }

    public static Status Invalid(string group, string kind, string name, IReadOnlyList<FieldError> errors)
    {
        var qualified = group.Length == 0 ? kind : $"{kind}.{group}";
        return Failure(422, "Invalid", $"{qualified} \"{name}\" is invalid: {FieldError.Aggregate(errors)}", new StatusDetails
        {
            Group = NullIfEmpty(group),
            Kind = NullIfEmpty(kind),
            Name = NullIfEmpty(name),
            Causes = [.. errors.Select(static error => Cause(error.Reason, error.Field, error.Body))],
        });
    }

    public static Status Unprocessable() =>
        Failure(422, "Invalid", "the server rejected our request due to an error in our request", NoDetails);

    /// <summary>A failure that the original reports without a reason.</summary>
    public static Status Internal(string message) => Failure(500, "", message);

    public static Status InternalError(string message) => Failure(500, "InternalError", $"Internal error occurred: {message}",
        new StatusDetails { Causes = [new StatusCause { Message = message }] });

    /// <summary>The store cannot write (its disk is full or broken); nothing was changed.</summary>
    /// <summary>A read that must not be older than a revision that has not come.</summary>
    public static Status RevisionTooLarge(long wanted, long current) =>
        Failure(504, "Timeout", $"Timeout: Too large resource version: {wanted}, current: {current}", new StatusDetails
        {
            RetryAfterSeconds = 1,
            Causes = [new StatusCause { Reason = "ResourceVersionTooLarge", Message = "Too large resource version" }],
        });

    public static Status Unavailable(string message) => Failure(503, "ServiceUnavailable", message, NoDetails);

    public static Status TooManyRequests(string message, StatusCause cause) =>
        Failure(429, "TooManyRequests", message, new StatusDetails { Causes = [cause] });

    public static StatusCause Cause(string reason, string field, string message) => new() { Reason = reason, Field = field, Message = message };

    /// <summary>A success that is told by a Status.</summary>
    public static Status Success(int code = 0, StatusDetails? details = null) => new()
    {
        ApiVersion = "v1",
        Kind = "Status",
        StatusValue = "Success",
        Code = code == 0 ? null : code,
        Details = details,
    };

    private static string Summary(IReadOnlyList<StatusCause> causes)
    {
        if (causes.Count == 1)
        {
            return $"{causes[0].Field}: {causes[0].Message}";
        }
        var parts = new string[causes.Count];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = $"{causes[i].Field}: {causes[i].Message}";
        }
        return $"[{string.Join(", ", parts)}]";
    }

    private static string Subject(string groupResource, string name) => name.Length == 0 ? groupResource : $"{groupResource} \"{name}\"";

    private static StatusDetails Of(string groupResource, string name)
    {
        var dot = groupResource.IndexOf('.');
        return new StatusDetails
        {
            Group = dot < 0 ? null : groupResource[(dot + 1)..],
            Kind = dot < 0 ? groupResource : groupResource[..dot],
            Name = NullIfEmpty(name),
        };
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
