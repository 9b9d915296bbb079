namespace Proa.ApiServer.Types;

/// <summary>All that is served now: built-in types and those of established CustomResourceDefinitions. Thread-safe.</summary>
public interface ITypeCatalog
{
    /// <summary>A snapshot: replaced as a whole, with a new reference, whenever the set changes.</summary>
    IReadOnlyList<ServedType> All { get; }

    ServedType? Find(string group, string version, string plural);
}
