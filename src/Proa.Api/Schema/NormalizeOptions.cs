namespace Proa.Api.Schema;

/// <summary>How <see cref="SchemaEngine.Normalize"/> treats what it finds.</summary>
public sealed record NormalizeOptions
{
    public static readonly NormalizeOptions Default = new();

    /// <summary>Of a request's body, to be stored after another walk.</summary>
    public static readonly NormalizeOptions Received = new() { KeepEmptyLists = true, KeepOmittableLists = true };

    /// <summary>The same without a word about unknown fields.</summary>
    public static readonly NormalizeOptions ReceivedQuiet = Received with { ReportUnknown = false };

    /// <summary>Of a request's body that has its defaults.</summary>
    public static readonly NormalizeOptions Defaulted = new() { KeepEmptyLists = true, ReportUnknown = false };

    /// <summary>For objects that were normalised when they were stored: unknown fields go without a word.</summary>
    public static readonly NormalizeOptions Quiet = new() { ReportUnknown = false };

    /// <summary>False spares the work of naming unknown fields (<c>fieldValidation=Ignore</c>).</summary>
    public bool ReportUnknown { get; init; } = true;

    /// <summary>
    /// For a configuration to be applied: types and fields are checked, nulls go, and all else stays as it was written, so that
    /// its owner owns what it names and no more.
    /// </summary>
    public static readonly NormalizeOptions Configuration = new() { KeepAsWritten = true };

    /// <summary>Neither drops zero values nor adds fields that are always printed, nor brings values into their canonical form.</summary>
    public bool KeepAsWritten { get; init; }

    /// <summary>
    /// For what a client sent: an empty list that is always printed stays until its ownership is noted, as the original's memory
    /// tells it from none; stored it is null.
    /// </summary>
    public bool KeepEmptyLists { get; init; }

    /// <summary>Empty lists that are never printed stay until the defaults are made: some are made only for those that were not sent.</summary>
    public bool KeepOmittableLists { get; init; }
}
