using System.Buffers;
using System.Globalization;
using Proa.Api.Meta;
using Proa.ApiServer.Pipeline;
using Proa.ApiServer.Tables;

namespace Proa.ApiServer.Verbs;

/// <summary>Gives a single object in the form that was asked for. Thread-safe.</summary>
internal sealed class Answers(ITableRenderer? tables)
{
    public ITableRenderer? Tables { get; } = tables;

    /// <param name="json">As stored.</param>
    public ApiResponse Object(RequestScope scope, ReadOnlyMemory<byte> json, long revision, int code = 200)
    {
        json = scope.Rules.View.Of(json);
        switch (scope.Format.Form)
        {
            case AnswerForm.Metadata:
                if (scope.Format.OfList)
                {
                    return ApiResponse.Of(Statuses.NotAcceptableMessage(
                        $"you requested PartialObjectMetadataList, but the requested object is not a list (*{GoTypes.Of(scope.Type)})"));
                }
                json = ObjectForms.MetadataOnly(json, scope.Format.MetaVersion);
                break;
            case AnswerForm.Table when Tables is not null:
                if (!TryIncludeObject(scope, out var include))
                {
                    return WrongIncludeObject(include);
                }
                var output = new ArrayBufferWriter<byte>();
                Tables.Write(scope.Type, new TableOptions(include, revision.ToString(CultureInfo.InvariantCulture)) { ApiVersion = scope.Format.MetaVersion }, [json], output);
                json = output.WrittenMemory;
                break;
        }
        return Bytes(scope, json, code);
    }

    /// <summary>Bytes that are in their final form.</summary>
    public static ApiResponse Bytes(RequestScope scope, ReadOnlyMemory<byte> json, int code = 200) => new BytesResponse(code, json) { Warnings = scope.Warnings };

    /// <summary>What of each object goes into a table's row.</summary>
    public static bool TryIncludeObject(RequestScope scope, out string include)
    {
        include = scope.Request.Query["includeObject"] is { Length: > 0 } value ? value : "Metadata";
        return include is "Metadata" or "Object" or "None";
    }

    public static ApiResponse WrongIncludeObject(string include) => ApiResponse.Of(Statuses.BadRequest(
        "Unable to convert to Table as requested: "
        + FieldError.Aggregate([FieldError.Invalid("includeObject", include, "must be 'Metadata', 'Object', 'None', or empty")])));
}
