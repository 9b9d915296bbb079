namespace Proa.Api.Schema;

/// <summary>How <see cref="SchemaEngine.Normalize"/> treats what it finds.</summary>
public sealed record NormalizeOptions
{
    public static readonly NormalizeOptions Default = new();

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
}
