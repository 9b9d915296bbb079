using System.Buffers;
using System.Globalization;
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
        switch (scope.Form)
        {
            case AnswerForm.Metadata:
                json = ObjectForms.MetadataOnly(json);
                break;
            case AnswerForm.Table when Tables is not null:
                var output = new ArrayBufferWriter<byte>();
                Tables.Write(scope.Type, new TableOptions(IncludeObject(scope), revision.ToString(CultureInfo.InvariantCulture)), [json], output);
                json = output.WrittenMemory;
                break;
        }
        return Bytes(scope, json, code);
    }

    /// <summary>Bytes that are in their final form.</summary>
    public static ApiResponse Bytes(RequestScope scope, ReadOnlyMemory<byte> json, int code = 200) => scope.Yaml
        ? new BytesResponse(code, YamlBody.FromJson(json)) { ContentType = "application/yaml", Warnings = scope.Warnings }
        : new BytesResponse(code, json) { Warnings = scope.Warnings };

    public static string IncludeObject(RequestScope scope) => scope.Request.Query["includeObject"] is { Length: > 0 } value ? value : "Metadata";
}
