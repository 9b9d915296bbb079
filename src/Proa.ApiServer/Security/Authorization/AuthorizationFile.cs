using System.Security.Cryptography;
using System.Text;
using Proa.Api.Cel.Values;
using Proa.Api.Json;
using Proa.Api.Kinds;
using Proa.Api.Meta;
using Proa.Api.Yaml;
using Proa.ApiServer.Configuration;
using Proa.Client.Http;

namespace Proa.ApiServer.Security.Authorization;

/// <summary>Reads an <c>apiserver.config.k8s.io AuthorizationConfiguration</c>, strictly: expressions are compiled and kubeconfigs read at once.</summary>
public static class AuthorizationFile
{
    private static readonly string[] s_types = ["AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"];

    /// <exception cref="FormatException">Says which fields are wrong, and why.</exception>
    public static IReadOnlyList<AuthorizerSettings> Read(string yaml)
    {
        if (YamlTree.Parse(Encoding.UTF8.GetBytes(yaml)) is not JsonObject file || file.String("kind") != "AuthorizationConfiguration"
            || file.String("apiVersion") is not ("apiserver.config.k8s.io/v1" or "apiserver.config.k8s.io/v1beta1" or "apiserver.config.k8s.io/v1alpha1"))
        {
            throw new FormatException("it holds no apiserver.config.k8s.io/v1 AuthorizationConfiguration");
        }
        ConfigurationFields.Only(file, "", "apiVersion", "kind", "authorizers");
        var errors = new FieldErrors();
        var authorizers = new List<AuthorizerSettings>();
        var (types, names) = (new HashSet<string>(), new HashSet<string>());
        var index = 0;
        foreach (var item in (file.Array("authorizers") ?? []).OfType<JsonObject>())
        {
            var at = $"authorizers[{index++}]";
            ConfigurationFields.Only(item, at, "type", "name", "webhook");
            var (type, name) = (item.String("type") ?? "", item.String("name") ?? "");
            if (type.Length == 0)
            {
                errors.Required(at + ".type");
                continue;
            }
            if (!s_types.Contains(type))
            {
                errors.NotSupported(at + ".type", type, s_types);
                continue;
            }
            if (!types.Add(type) && type != "Webhook")
            {
                errors.Duplicate(at + ".type", type);
                continue;
            }
            if (name.Length == 0)
            {
                errors.Required(at + ".name");
            }
            else if (!names.Add(name))
            {
                errors.Duplicate(at + ".name", name);
            }
            else if (Names.DnsSubdomain(name) is { Length: > 0 } wrong)
            {
                errors.Invalid(at + ".name", name, $"authorizer name is invalid: {string.Join(", ", wrong)}");
            }
            if (type == "Webhook" && item.Object("webhook") is null)
            {
                errors.Required(at + ".webhook", "required when type=Webhook");
            }
            else if (type != "Webhook" && item.Object("webhook") is not null)
            {
                errors.Invalid(at + ".webhook", "non-null", "may only be specified when type=Webhook");
            }
            authorizers.Add(new(type, name, item.Object("webhook") is { } webhook && type == "Webhook" ? Webhook(webhook, at, errors) : null));
        }
        if (index == 0)
        {
            errors.Required("authorizers", "at least one authorization mode must be defined");
        }
        return errors.Count == 0 ? authorizers : throw new FormatException(FieldError.Aggregate(errors.All));
    }

    // The original names a webhook's fields without ".webhook" in their path.
    private static WebhookSettings? Webhook(JsonObject webhook, string at, FieldErrors errors)
    {
        ConfigurationFields.Only(webhook, at + ".webhook", "authorizedTTL", "cacheAuthorizedRequests", "unauthorizedTTL", "cacheUnauthorizedRequests", "timeout",
            "subjectAccessReviewVersion", "matchConditionSubjectAccessReviewVersion", "failurePolicy", "connectionInfo", "matchConditions");
        var timeout = Span(webhook, "timeout", null, at, errors);
        if (timeout > TimeSpan.FromSeconds(30) || timeout < TimeSpan.Zero)
        {
            errors.Invalid(at + ".timeout", CelDuration.ToGo(timeout.Ticks * 100), "must be > 0s and <= 30s");
        }
        var (allowed, refused) = (Positive("authorizedTTL", TimeSpan.FromMinutes(5)), Positive("unauthorizedTTL", TimeSpan.FromSeconds(30)));
        errors.OneOf(at + ".subjectAccessReviewVersion", webhook.String("subjectAccessReviewVersion"), "v1", "v1beta1");
        var conditions = Conditions(webhook.Array("matchConditions"), at, errors);
        switch (webhook.String("matchConditionSubjectAccessReviewVersion"))
        {
            case null or "":
                if (webhook.Array("matchConditions") is { Count: > 0 })
                {
                    errors.Required(at + ".matchConditionSubjectAccessReviewVersion", "required if match conditions are specified");
                }
                break;
            case not "v1":
                errors.NotSupported(at + ".matchConditionSubjectAccessReviewVersion", webhook["matchConditionSubjectAccessReviewVersion"], "v1");
                break;
        }
        errors.OneOf(at + ".failurePolicy", webhook.String("failurePolicy"), "NoOpinion", "Deny");
        var connection = Connection(webhook.Object("connectionInfo") ?? [], at, errors);
        return errors.Count > 0 || connection is null ? null : new()
        {
            Connection = connection,
            ReviewVersion = webhook.String("subjectAccessReviewVersion")!,
            Timeout = timeout,
            AllowedFor = webhook.Bool("cacheAuthorizedRequests") == false ? TimeSpan.Zero : allowed,
            RefusedFor = webhook.Bool("cacheUnauthorizedRequests") == false ? TimeSpan.Zero : refused,
            FailsClosed = webhook.String("failurePolicy") == "Deny",
            Conditions = conditions,
        };

        TimeSpan Positive(string field, TimeSpan otherwise)
        {
            var span = Span(webhook, field, otherwise, at, errors);
            if (span < TimeSpan.Zero)
            {
                errors.Invalid($"{at}.{field}", CelDuration.ToGo(span.Ticks * 100), "must be > 0s");
            }
            return span;
        }
    }

    private static TimeSpan Span(JsonObject webhook, string field, TimeSpan? otherwise, string at, FieldErrors errors)
    {
        var text = webhook.String(field) ?? "";
        if (text.Length > 0 && !CelDuration.TryParse(text, out _))
        {
            throw new FormatException($"{at}.webhook.{field}: time: invalid duration \"{text}\"");
        }
        if (text.Length > 0 && CelDuration.TryParse(text, out var nanoseconds) && nanoseconds != 0)
        {
            return TimeSpan.FromTicks(nanoseconds / 100);
        }
        if (otherwise is null)
        {
            errors.Required($"{at}.{field}");
        }
        return otherwise ?? TimeSpan.Zero;
    }

    private static List<ReviewCondition> Conditions(JsonArray? list, string at, FieldErrors errors)
    {
        var conditions = new List<ReviewCondition>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        if (list?.Count > 64)
        {
            errors.Add(FieldError.TooMany(at + ".matchConditions", list.Count, 64));
            return conditions;
        }
        for (var i = 0; i < list?.Count; i++)
        {
            var field = $"{at}.matchConditions[{i}].expression";
            var text = (list[i] as JsonObject)?.String("expression") ?? "";
            if (text.Trim().Length == 0)
            {
                errors.Required(field);
            }
            else if (!seen.Add(text))
            {
                errors.Duplicate(field, text);
            }
            else if (ReviewCondition.Compile(text, out var wrong) is { } condition)
            {
                conditions.Add(condition);
            }
            else
            {
                errors.Invalid(field, text, wrong!);
            }
        }
        return conditions;
    }

    private static KubeConfig? Connection(JsonObject info, string at, FieldErrors errors)
    {
        var (field, path) = (at + ".connectionInfo.kubeConfigFile", info.String("kubeConfigFile") ?? "");
        switch (info.String("type"))
        {
            case null or "":
                errors.Required(at + ".connectionInfo.type");
                return null;
            case "KubeConfigFile" when path.Length == 0:
                errors.Required(field);
                return null;
            case "KubeConfigFile" when !Path.IsPathRooted(path):
                errors.Invalid(field, path, "must be an absolute path");
                return null;
            case "KubeConfigFile":
                try
                {
                    return KubeConfig.Load(path);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or CryptographicException)
                {
                    errors.Invalid(field, path, $"error loading file: {e.Message}");
                    return null;
                }
            case "InClusterConfig":
                errors.Invalid(at + ".connectionInfo.type", "InClusterConfig", "this server does not run in a pod: use KubeConfigFile");
                return null;
            default:
                errors.NotSupported(at + ".connectionInfo.type", info["type"], "InClusterConfig", "KubeConfigFile");
                return null;
        }
    }
}
