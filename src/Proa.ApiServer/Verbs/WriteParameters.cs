using System.Globalization;
using System.Text;
using Proa.Api.Json;
using Proa.Api.Meta;
using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;
using Proa.Client;

namespace Proa.ApiServer.Verbs;

internal enum FieldValidation
{
    Ignore,
    Warn,
    Strict,
}

/// <summary>The checked parameters of a write.</summary>
internal sealed record WriteParameters(bool DryRun, string FieldManager, FieldValidation Validation, bool Force)
{
    /// <summary>The options as an object, for webhooks and policies.</summary>
    public Func<JsonObject>? Options { get; init; }

    /// <param name="options"><c>CreateOptions</c>, <c>UpdateOptions</c> or <c>PatchOptions</c>, for refusals.</param>
    /// <param name="isApply">Of a patch that applies a configuration.</param>
    public static ApiResult<WriteParameters> Read(ApiRequest request, string options, bool isApply = false)
    {
        var query = request.Query;
        var causes = new List<StatusCause>();
        var manager = query["fieldManager"] ?? "";
        if (isApply && manager.Length == 0)
        {
            causes.Add(Statuses.Cause("FieldValueRequired", "fieldManager", "Required value: is required for apply patch"));
        }
        if (options == "PatchOptions" && !isApply && query.TryGet("force", out _))
        {
            causes.Add(Statuses.Cause("FieldValueForbidden", "force", "Forbidden: may not be specified for non-apply patch"));
        }
        CheckManager(manager, causes);
        var dryRun = query.All("dryRun");
        if (dryRun.Exists(static value => value != "All"))
        {
            causes.Add(Statuses.Cause("FieldValueNotSupported", "dryRun",
                $"Unsupported value: [{string.Join(",", dryRun.Select(static value => $"\"{value}\""))}]: supported values: \"All\""));
        }
        var validation = FieldValidation.Warn;
        switch (query["fieldValidation"])
        {
            case null or "" or "Warn":
                break;
            case "Strict":
                validation = FieldValidation.Strict;
                break;
            case "Ignore":
                validation = FieldValidation.Ignore;
                break;
            case var other:
                causes.Add(Statuses.Cause("FieldValueNotSupported", "fieldValidation",
                    $"Unsupported value: \"{other}\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\""));
                break;
        }
        if (causes.Count > 0)
        {
            return Statuses.Invalid("meta.k8s.io", options, "", causes);
        }
        return new WriteParameters(dryRun.Count > 0, manager.Length > 0 ? manager : FromAgent(request.UserAgent), validation, query.Flag("force"))
        {
            Options = () => OptionsOf(request, options),
        };
    }

    /// <summary>Names of managers are short and can be printed.</summary>
    private static void CheckManager(string manager, List<StatusCause> causes)
    {
        if (Encoding.UTF8.GetByteCount(manager) > 128)
        {
            causes.Add(Statuses.Cause("FieldValueTooLong", "fieldManager", "Too long: may not be more than 128 bytes"));
        }
        var at = 0;
        foreach (var rune in manager.EnumerateRunes())
        {
            if (rune.Value != ' ' && (Rune.IsControl(rune) || Rune.IsWhiteSpace(rune)))
            {
                causes.Add(Statuses.Cause("FieldValueInvalid", "fieldManager",
                    string.Create(CultureInfo.InvariantCulture, $"Invalid value: {JsonSyntax.Quoted(manager)}: invalid character U+{rune.Value:X4} (at position {at})")));
            }
            at += rune.Utf8SequenceLength;
        }
    }

    private static JsonObject OptionsOf(ApiRequest request, string kind)
    {
        var options = new JsonObject { ["kind"] = kind, ["apiVersion"] = "meta.k8s.io/v1" };
        if (request.Query.All("dryRun").FindAll(static value => value.Length > 0) is { Count: > 0 } dryRun)
        {
            options["dryRun"] = new JsonArray(dryRun.Select(static value => (JsonValue)value));
        }
        if (request.Query.TryGet("force", out _))
        {
            options["force"] = request.Query.Flag("force");
        }
        foreach (var name in (ReadOnlySpan<string>)["fieldManager", "fieldValidation"])
        {
            if (request.Query[name] is { Length: > 0 } value)
            {
                options[name] = value;
            }
        }
        return options;
    }

    /// <summary><c>kubectl/v1.36.0 (linux/amd64)</c> is <c>kubectl</c>.</summary>
    private static string FromAgent(string agent)
    {
        var slash = agent.IndexOf('/');
        var name = slash < 0 ? agent : agent[..slash];
        return name.Length == 0 ? "unknown" : name.Length > 128 ? name[..128] : name;
    }
}
