using System.Buffers;
using System.Globalization;
using Proa.ApiServer.Objects;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Tables;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.Verbs;

/// <summary>Turns an object into the form that a watch was asked for. For one watch: only its first table has columns.</summary>
internal sealed class WatchShape(AnswerFormat format, VersionView view, ITableRenderer? tables, string includeObject)
{
    private bool _columns = true;

    public ReadOnlyMemory<byte> Shape(ServedType type, ReadOnlyMemory<byte> json)
    {
        json = view.Of(json);
        switch (format.Form)
        {
            case AnswerForm.Metadata:
                return ObjectForms.MetadataOnly(json, format.MetaVersion);
            case AnswerForm.Table when tables is not null:
                var output = new ArrayBufferWriter<byte>();
                tables.Write(type, new TableOptions(includeObject, ObjectBytes.RevisionOf(json.Span).ToString(CultureInfo.InvariantCulture)) { Columns = _columns, ApiVersion = format.MetaVersion }, [json], output);
                _columns = false;
                return output.WrittenMemory;
            default:
                return json;
        }
    }

    /// <summary>A bookmark, given as the object that stands for it.</summary>
    public ReadOnlyMemory<byte> Bookmark(ServedType type, ReadOnlyMemory<byte> json, string revision)
    {
        switch (format.Form)
        {
            case AnswerForm.Metadata:
                return ObjectForms.MetadataOnly(json, format.MetaVersion);
            case AnswerForm.Table when tables is not null:
                var output = new ArrayBufferWriter<byte>();
                // Its object is told whatever was asked for: clients look for the end of the first events there.
                tables.Write(type, new TableOptions("Metadata", revision) { Columns = _columns, ApiVersion = format.MetaVersion }, [json], output);
                _columns = false;
                return output.WrittenMemory;
            default:
                return json;
        }
    }
}
