using System.Buffers;
using Proa.ApiServer.Types;
using Proa.ApiServer.Verbs;

namespace Proa.ApiServer.Pipeline;

/// <summary>Gives answers, which are made in JSON, in the encoding that was asked for. Pure.</summary>
internal static class AnswerEncodings
{
    public static ApiResponse Of(ApiResponse answer, AnswerEncoding encoding, ServedType type) => encoding switch
    {
        AnswerEncoding.Protobuf => ProtobufAnswers.Of(answer, type),
        AnswerEncoding.Yaml => InYaml(answer),
        _ => answer,
    };

    private static ApiResponse InYaml(ApiResponse answer)
    {
        switch (answer)
        {
            case BytesResponse { Body.Length: > 0, ContentType: ApiResponse.Json } bytes:
                return new BytesResponse(bytes.Code, YamlBody.FromJson(bytes.Body))
                {
                    ContentType = "application/yaml",
                    Status = bytes.Status,
                    Warnings = bytes.Warnings,
                    Headers = bytes.Headers,
                };
            case ListResponse list:
                var output = new ArrayBufferWriter<byte>(16 * 1024);
                list.WriteTo(output);
                return new BytesResponse(list.Code, YamlBody.FromJson(output.WrittenMemory))
                {
                    ContentType = "application/yaml",
                    Warnings = list.Warnings,
                    Headers = list.Headers,
                };
            default:
                return answer;
        }
    }
}
