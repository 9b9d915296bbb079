namespace Proa.Api.Yaml;

/// <summary>A key that its mapping has already.</summary>
/// <param name="Path">Dotted, with the key.</param>
/// <param name="Line">Of the value that the key has here, from 1.</param>
public readonly record struct YamlDuplicate(string Path, string Key, int Line);
