namespace Proa.Api.Schema;

/// <summary>How <see cref="SchemaEngine.Normalize"/> treats what it finds.</summary>
public sealed record NormalizeOptions
{
    public static readonly NormalizeOptions Default = new();

    /// <summary>For objects that were normalised when they were stored: unknown fields go without a word.</summary>
    public static readonly NormalizeOptions Quiet = new() { ReportUnknown = false };

    /// <summary>False spares the work of naming unknown fields (<c>fieldValidation=Ignore</c>).</summary>
    public bool ReportUnknown { get; init; } = true;
}
