using Proa.Api.Json;

namespace Proa.ApiServer.Security.Reviews;

/// <summary>Users as reviews write them.</summary>
internal static class UserJson
{
    public static JsonObject Of(UserInfo user)
    {
        var json = new JsonObject { ["username"] = user.Name };
        if (user.Uid.Length > 0)
        {
            json["uid"] = user.Uid;
        }
        json["groups"] = Strings(user.Groups);
        if (user.Extra.Count > 0)
        {
            var extra = new JsonObject();
            foreach (var (key, values) in user.Extra)
            {
                extra[key] = Strings(values);
            }
            json["extra"] = extra;
        }
        return json;
    }

    /// <summary>With all its fields, empty ones too: for expressions.</summary>
    public static JsonObject Whole(UserInfo user)
    {
        var json = Of(user);
        json["uid"] = user.Uid;
        json.EnsureObject("extra");
        return json;
    }

    public static JsonArray Strings(IEnumerable<string> values) => new(values.Select(value => (JsonValue)value));

    public static List<string> Strings(JsonArray? array) => array is null ? [] : [.. array.OfType<JsonString>().Select(text => text.Value)];
}
