namespace Proa.Api.Yaml;

/// <summary>The text is not YAML that the API takes; the message names the line.</summary>
public sealed class YamlFormatException(long line, string message) : FormatException($"yaml: line {line}: {message}")
{
    /// <summary>From 1.</summary>
    public long Line { get; } = line;
}
