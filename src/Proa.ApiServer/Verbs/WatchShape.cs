using System.Buffers;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Tables;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.Verbs;

/// <summary>Turns an object into the form that a watch was asked for. For one watch: only its first table has columns.</summary>
internal sealed class WatchShape(AnswerForm form, VersionView view, ITableRenderer? tables, string includeObject)
{
    private bool _columns = true;

    public ReadOnlyMemory<byte> Shape(ServedType type, ReadOnlyMemory<byte> json)
    {
        json = view.Of(json);
        switch (form)
        {
            case AnswerForm.Metadata:
                return ObjectForms.MetadataOnly(json);
            case AnswerForm.Table when tables is not null:
                var output = new ArrayBufferWriter<byte>();
                tables.Write(type, new TableOptions(includeObject, "") { Columns = _columns }, [json], output);
                _columns = false;
                return output.WrittenMemory;
            default:
                return json;
        }
    }

    public (string Kind, string ApiVersion) BookmarkKind(ServedType type) => form switch
    {
        AnswerForm.Metadata => ("PartialObjectMetadata", "meta.k8s.io/v1"),
        AnswerForm.Table when tables is not null => ("Table", "meta.k8s.io/v1"),
        _ => (type.Kind, type.Info.ApiVersion),
    };
}
