using Proa.Api.Json;
using Proa.Api.Selectors;
using Proa.ApiServer.Security.Reviews;

namespace Proa.ApiServer.Security.Authorization;

/// <summary>A request as the spec of a SubjectAccessReview. Pure.</summary>
internal static class ReviewSpec
{
    /// <summary>With all its fields, as expressions see it.</summary>
    public static JsonObject Of(UserInfo user, RequestInfo request)
    {
        var who = UserJson.Whole(user);
        var spec = new JsonObject { ["user"] = user.Name, ["groups"] = who["groups"]!, ["uid"] = user.Uid, ["extra"] = who["extra"]! };
        if (!request.IsResource)
        {
            spec["nonResourceAttributes"] = new JsonObject { ["path"] = request.Path, ["verb"] = request.Verb };
            return spec;
        }
        var attributes = new JsonObject
        {
            ["namespace"] = request.Namespace,
            ["verb"] = request.Verb,
            ["group"] = request.Group,
            ["version"] = request.Version,
            ["resource"] = request.Resource,
            ["subresource"] = request.Subresource,
            ["name"] = request.Name,
        };
        if (Requirements(request.FieldSelector) is { Count: > 0 } requirements)
        {
            attributes["fieldSelector"] = new JsonObject { ["requirements"] = requirements };
        }
        if (LabelRequirements(request.LabelSelector) is { Count: > 0 } labels)
        {
            attributes["labelSelector"] = new JsonObject { ["requirements"] = labels };
        }
        spec["resourceAttributes"] = attributes;
        return spec;
    }

    private static JsonArray LabelRequirements(string selector)
    {
        var requirements = new JsonArray();
        if (selector.Length == 0 || !LabelSelector.TryParse(selector, out var parsed, out _))
        {
            return requirements;
        }
        foreach (var one in parsed.Requirements)
        {
            // Numbers cannot be compared in a review's selectors.
            if (one.Operator is LabelOperator.GreaterThan or LabelOperator.LessThan)
            {
                continue;
            }
            var requirement = new JsonObject { ["key"] = one.Key, ["operator"] = one.Operator.ToString() };
            if (one.Values.Count > 0)
            {
                requirement["values"] = UserJson.Strings(one.Values.Order(StringComparer.Ordinal));
            }
            requirements.Add(requirement);
        }
        return requirements;
    }

    /// <summary>Without empty fields, as a webhook is sent it.</summary>
    public static JsonObject Sent(JsonObject spec)
    {
        var sent = new JsonObject();
        foreach (var (name, value) in spec)
        {
            switch (value)
            {
                case JsonString { Value: "" } or JsonObject { Count: 0 } or JsonArray { Count: 0 }:
                    break;
                case JsonObject inner when name != "extra":
                    sent[name] = Sent(inner);
                    break;
                default:
                    sent[name] = value.Clone();
                    break;
            }
        }
        return sent;
    }

    // What cannot be read is left out: requirements only narrow a request.
    private static JsonArray Requirements(string selector)
    {
        var requirements = new JsonArray();
        foreach (var term in selector.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = term.IndexOf('=');
            if (at <= 0 || term.Contains('\\'))
            {
                continue;
            }
            var negated = term[at - 1] == '!';
            requirements.Add(new JsonObject
            {
                ["key"] = negated ? term[..(at - 1)] : term[..at],
                ["operator"] = negated ? "NotIn" : "In",
                ["values"] = new JsonArray([(JsonValue)term[(at + 1)..].TrimStart('=')]),
            });
        }
        return requirements;
    }
}
