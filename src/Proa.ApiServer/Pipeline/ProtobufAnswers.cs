using Proa.Api.Json;
using Proa.Api.Protobuf;
using Proa.Api.Schema;
using Proa.ApiServer.Types;

namespace Proa.ApiServer.Pipeline;

/// <summary>Gives answers in protobuf to clients that ask for it. Pure: each object is parsed and encoded anew.</summary>
internal static class ProtobufAnswers
{
    public const string ContentType = "application/vnd.kubernetes.protobuf";

    /// <summary>The same answer in protobuf; as it is where it is no JSON or has no such form.</summary>
    public static ApiResponse Of(ApiResponse answer, ServedType type)
    {
        switch (answer)
        {
            case BytesResponse { Body.Length: > 0, ContentType: ApiResponse.Json } bytes:
                return JsonTree.Parse(bytes.Body.Span) is JsonObject obj && ProtobufEncoder.Encode(obj, SchemaRegistry.BuiltIn) is { } encoded
                    ? new BytesResponse(bytes.Code, encoded)
                    {
                        ContentType = ContentType,
                        Status = bytes.Status,
                        Warnings = bytes.Warnings,
                        Headers = bytes.Headers,
                    }
                    : answer;
            case ListResponse list:
                return List(list, type);
            case WatchResponse watch:
                return new WatchResponse(watch.Source)
                {
                    ContentType = ContentType + ";stream=watch",
                    Warnings = watch.Warnings,
                    Headers = watch.Headers,
                    InProtobuf = true,
                };
            default:
                return answer;
        }
    }

    /// <summary>The object of a watch's event.</summary>
    public static byte[] Object(ReadOnlySpan<byte> json) =>
        ProtobufEncoder.Encode(JsonTree.ParseObject(json), SchemaRegistry.BuiltIn) ?? json.ToArray();

    private static ApiResponse List(ListResponse list, ServedType type)
    {
        var metadata = new JsonObject { ["resourceVersion"] = list.ResourceVersion };
        if (list.Continue is { Length: > 0 } token)
        {
            metadata["continue"] = token;
        }
        if (list.Remaining is { } remaining)
        {
            metadata["remainingItemCount"] = remaining;
        }
        var body = list.ListKind == "PartialObjectMetadataList"
            ? ProtobufEncoder.Encode(new JsonObject
            {
                ["apiVersion"] = list.ApiVersion,
                ["kind"] = list.ListKind,
                ["metadata"] = metadata,
                ["items"] = new JsonArray(list.Items.Select(static json => JsonTree.Parse(json.Span))),
            }, SchemaRegistry.BuiltIn)!
            : ProtobufEncoder.EncodeList(list.ApiVersion, list.ListKind, metadata, list.Items, SchemaRegistry.BuiltIn.Find(type.Info.Gvk)!.Root);
        return new BytesResponse(list.Code, body) { ContentType = ContentType, Warnings = list.Warnings, Headers = list.Headers };
    }
}
