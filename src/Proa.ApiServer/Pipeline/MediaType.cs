using System.Globalization;

namespace Proa.ApiServer.Pipeline;

/// <summary>What form of JSON the client asks for.</summary>
internal enum AnswerForm
{
    Object,
    Table,
    Metadata,
}

/// <summary>Which forms there are of an answer.</summary>
internal enum AnswerForms
{
    All,

    /// <summary>What is answered but not stored is in no table.</summary>
    NoTable,

    /// <summary>A Status is itself and nothing else.</summary>
    Object,
}

internal enum AnswerEncoding
{
    Json,
    Yaml,
    Protobuf,
}

/// <summary>What is answered, and written how.</summary>
/// <param name="OfList">Metadata are asked for as those of a list.</param>
/// <param name="MetaVersion">Of a Table or of metadata alone.</param>
internal readonly record struct AnswerFormat(AnswerForm Form, AnswerEncoding Encoding, bool OfList = false, string MetaVersion = AnswerFormat.Meta)
{
    public const string Meta = "meta.k8s.io/v1";

    public static readonly AnswerFormat Json = new(AnswerForm.Object, AnswerEncoding.Json);
}

/// <summary>Reads Accept and Content-Type headers. Pure.</summary>
internal static class MediaType
{
    public const string AcceptedObjects = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

    public const string AcceptedStreams = "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";

    public const string Accepted = $"{AcceptedObjects}, {AcceptedStreams}";

    /// <summary>
    /// The best form that can be given, by the header's preferences and then its order; null: none. Tables have no form in
    /// protobuf.
    /// </summary>
    /// <param name="protobuf">Objects of the type have a form in protobuf; their metadata alone always has.</param>
    /// <param name="forms">The forms that what is answered has.</param>
    public static AnswerFormat? Negotiate(string accept, bool protobuf, AnswerForms forms = AnswerForms.All)
    {
        // application/json;as=Table;v=v1;g=meta.k8s.io,application/json
        if (accept.Length == 0 || accept == "application/json" || accept == "*/*")
        {
            return AnswerFormat.Json;
        }
        var header = accept.AsSpan();
        AnswerFormat? best = null;
        var bestRank = (Quality: -1.0, Precision: -1);
        foreach (var range in header.Split(','))
        {
            if (Read(header[range].Trim(), protobuf, out var rank) is { } format && Has(forms, format.Form) && rank.CompareTo(bestRank) > 0)
            {
                (best, bestRank) = (format, rank);
            }
        }
        return best;
    }

    private static bool Has(AnswerForms forms, AnswerForm form) => forms switch
    {
        AnswerForms.NoTable => form != AnswerForm.Table,
        AnswerForms.Object => form == AnswerForm.Object,
        _ => true,
    };

    /// <summary>One clause of the header; null when it cannot be met.</summary>
    private static AnswerFormat? Read(ReadOnlySpan<char> clause, bool protobuf, out (double Quality, int Precision) rank)
    {
        var type = clause;
        ReadOnlySpan<char> parameters = [];
        if (clause.IndexOf(';') is var semicolon and >= 0)
        {
            type = clause[..semicolon].TrimEnd();
            parameters = clause[(semicolon + 1)..];
        }
        // What is no number is the last choice.
        var quality = Parameter(parameters, "q") is { Length: > 0 } q
            ? double.TryParse(q, NumberStyles.Float, CultureInfo.InvariantCulture, out var given) ? given : 0.0
            : 1.0;
        rank = (quality, type is "*/*" ? 0 : type is "application/*" ? 1 : 2);
        AnswerEncoding? encoding = type switch
        {
            "application/json" or "*/*" or "application/*" => AnswerEncoding.Json,
            "application/yaml" => AnswerEncoding.Yaml,
            "application/vnd.kubernetes.protobuf" => AnswerEncoding.Protobuf,
            _ => null,
        };
        if (encoding is not { } known || Parameter(parameters, "stream") is not ("" or "watch"))
        {
            return null;
        }
        var form = Parameter(parameters, "as");
        var version = Parameter(parameters, "v");
        var group = Parameter(parameters, "g");
        if (form.IsEmpty && version.IsEmpty && group.IsEmpty)
        {
            return protobuf || known != AnswerEncoding.Protobuf ? new(AnswerForm.Object, known) : null;
        }
        if (group is not "meta.k8s.io" || version is not ("v1" or "v1beta1"))
        {
            return null;
        }
        var meta = version is "v1" ? AnswerFormat.Meta : "meta.k8s.io/v1beta1";
        return form switch
        {
            "Table" when known != AnswerEncoding.Protobuf => new(AnswerForm.Table, known, MetaVersion: meta),
            "PartialObjectMetadata" => new(AnswerForm.Metadata, known, MetaVersion: meta),
            "PartialObjectMetadataList" => new(AnswerForm.Metadata, known, OfList: true, meta),
            _ => null,
        };
    }

    /// <summary>One of the header's types is served, whatever its parameters ask for.</summary>
    public static bool IsKnown(string accept)
    {
        var header = accept.AsSpan();
        foreach (var range in header.Split(','))
        {
            var clause = header[range];
            var semicolon = clause.IndexOf(';');
            if ((semicolon < 0 ? clause : clause[..semicolon]).Trim() is "*/*" or "application/json" or "application/yaml" or "application/vnd.kubernetes.protobuf")
            {
                return true;
            }
        }
        return false;
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
                return part[(equals + 1)..];
            }
        }
        return [];
    }
}
