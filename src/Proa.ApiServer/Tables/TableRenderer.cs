using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Proa.Api.Json;
using Proa.ApiServer.CustomResources;
using Proa.ApiServer.Tables.Custom;
using Proa.ApiServer.Tables.Kinds;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.Tables;

/// <inheritdoc/>
public sealed class TableRenderer(TimeProvider time) : ITableRenderer
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    // A definition's columns are parsed once for each version of it.
    private readonly ConditionalWeakTable<CustomVersionSource, KindTable> _custom = [];

    public void Write(ServedType type, TableOptions options, IReadOnlyList<ReadOnlyMemory<byte>> objects, IBufferWriter<byte> output)
    {
        var table = type.Custom is { } custom ? _custom.GetValue(custom, static source => CustomTable.Of(source.Version)) : KindTables.Find(type.Info.GroupResource);
        using var writer = new Utf8JsonWriter(output, s_options);
        writer.WriteStartObject();
        writer.WriteString("kind"u8, "Table"u8);
        writer.WriteString("apiVersion"u8, options.ApiVersion);
        WriteMetadata(writer, options);
        WriteColumns(writer, options.Columns ? table.Columns : null);
        writer.WriteStartArray("rows"u8);
        var now = time.GetUtcNow();
        foreach (var json in objects)
        {
            WriteRow(writer, table, json, options, now);
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteMetadata(Utf8JsonWriter writer, TableOptions options)
    {
        writer.WriteStartObject("metadata"u8);
        if (options.ResourceVersion.Length > 0)
        {
            writer.WriteString("resourceVersion"u8, options.ResourceVersion);
        }
        if (!string.IsNullOrEmpty(options.Continue))
        {
            writer.WriteString("continue"u8, options.Continue);
        }
        if (options.RemainingItemCount is { } remaining)
        {
            writer.WriteNumber("remainingItemCount"u8, remaining);
        }
        writer.WriteEndObject();
    }

    private static void WriteColumns(Utf8JsonWriter writer, IReadOnlyList<TableColumn>? columns)
    {
        if (columns is null)
        {
            writer.WriteNull("columnDefinitions"u8);
            return;
        }
        writer.WriteStartArray("columnDefinitions"u8);
        foreach (var column in columns)
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, column.Name);
            writer.WriteString("type"u8, column.Type);
            writer.WriteString("format"u8, column.Format);
            writer.WriteString("description"u8, ""u8);
            writer.WriteNumber("priority"u8, column.Priority);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void WriteRow(Utf8JsonWriter writer, KindTable table, ReadOnlyMemory<byte> json, TableOptions options, DateTimeOffset now)
    {
        var row = new RowSource(JsonTree.ParseObject(json.Span), now);
        writer.WriteStartObject();
        writer.WriteStartArray("cells"u8);
        foreach (var cell in table.Cells(row))
        {
            JsonTree.Write(cell, writer);
        }
        writer.WriteEndArray();
        if (table.Conditions(row) is { } conditions)
        {
            writer.WritePropertyName("conditions"u8);
            JsonTree.Write(conditions, writer);
        }
        writer.WritePropertyName("object"u8);
        switch (options.IncludeObject)
        {
            case "None":
                writer.WriteNullValue();
                break;
            case "Object":
                writer.WriteRawValue(json.Span, skipInputValidation: true);
                break;
            default:
                writer.WriteStartObject();
                writer.WriteString("kind"u8, "PartialObjectMetadata"u8);
                writer.WriteString("apiVersion"u8, options.ApiVersion);
                writer.WritePropertyName("metadata"u8);
                JsonTree.Write(row.At("metadata") ?? new JsonObject(), writer);
                writer.WriteEndObject();
                break;
        }
        writer.WriteEndObject();
    }
}
