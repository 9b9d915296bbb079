namespace Proa.ApiServer.Pipeline;

/// <summary>What form of JSON the client asks for.</summary>
internal enum AnswerForm
{
    Object,
    Table,
    Metadata,
}

/// <summary>Reads Accept and Content-Type headers. Pure.</summary>
internal static class MediaType
{
    public const string Accepted =
        "application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";

    /// <summary>
    /// The first form in the header's order that can be given; null: none. Protobuf is answered by JSON where a client
    /// names JSON too, as they all do.
    /// </summary>
    public static (AnswerForm Form, bool Yaml)? Negotiate(string accept)
    {
        // application/json;as=Table;v=v1;g=meta.k8s.io,application/json
        if (accept.Length == 0 || accept == "application/json" || accept == "*/*")
        {
            return (AnswerForm.Object, false);
        }
        var header = accept.AsSpan();
        foreach (var range in header.Split(','))
        {
            var clause = header[range].Trim();
            var type = clause;
            ReadOnlySpan<char> parameters = [];
            if (clause.IndexOf(';') is var semicolon and >= 0)
            {
                type = clause[..semicolon].TrimEnd();
                parameters = clause[(semicolon + 1)..];
            }
            var yaml = type is "application/yaml";
            if (!(yaml || type is "application/json" or "*/*" or "application/*"))
            {
                continue;
            }
            switch (Parameter(parameters, "as"))
            {
                case "":
                    return (AnswerForm.Object, yaml);
                case "Table" when Parameter(parameters, "v") is "v1" && Parameter(parameters, "g") is "meta.k8s.io":
                    return (AnswerForm.Table, yaml);
                case "PartialObjectMetadata" or "PartialObjectMetadataList"
                    when Parameter(parameters, "v") is "v1" && Parameter(parameters, "g") is "meta.k8s.io":
                    return (AnswerForm.Metadata, yaml);
                default:
                    continue;
            }
        }
        return null;
    }

    /// <summary>A Content-Type without its parameters, in lower case.</summary>
    public static string Essence(string contentType)
    {
        var semicolon = contentType.IndexOf(';');
        return (semicolon < 0 ? contentType : contentType[..semicolon]).Trim().ToLowerInvariant();
    }

    private static ReadOnlySpan<char> Parameter(ReadOnlySpan<char> parameters, ReadOnlySpan<char> name)
    {
        foreach (var range in parameters.Split(';'))
        {
            var part = parameters[range].Trim();
            if (part.IndexOf('=') is var equals and > 0 && part[..equals].SequenceEqual(name))
            {
                return part[(equals + 1)..].Trim('"');
            }
        }
        return [];
    }
}
