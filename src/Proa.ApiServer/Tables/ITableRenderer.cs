using System.Buffers;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.Tables;

/// <summary>Makes the <c>meta.k8s.io/v1 Table</c> that kubectl prints. Thread-safe.</summary>
public interface ITableRenderer
{
    /// <summary>Writes one Table object.</summary>
    /// <param name="objects">Whole objects as JSON.</param>
    void Write(ServedType type, TableOptions options, IReadOnlyList<ReadOnlyMemory<byte>> objects, IBufferWriter<byte> output);
}

/// <param name="IncludeObject"><c>None</c>, <c>Metadata</c> (the default) or <c>Object</c>.</param>
public sealed record TableOptions(string IncludeObject, string ResourceVersion)
{
    /// <summary>Of the table and of the metadata in its rows.</summary>
    public string ApiVersion { get; init; } = "meta.k8s.io/v1";

    public string? Continue { get; init; }

    public long? RemainingItemCount { get; init; }

    /// <summary>False for all events of a watch but the first.</summary>
    public bool Columns { get; init; } = true;
}
