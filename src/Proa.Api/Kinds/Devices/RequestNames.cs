using Proa.Api.Json;

namespace Proa.Api.Kinds.Devices;

/// <summary>The requests of a claim that other parts of it refer to: <c>request</c> or <c>request/alternative</c>.</summary>
internal sealed class RequestNames
{
    private const string Unknown = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
    private readonly Dictionary<string, HashSet<string>> _names = new(StringComparer.Ordinal);

    public RequestNames(JsonObject devices)
    {
        foreach (var request in devices.Objects("requests"))
        {
            _names[request.Text("name")] = request.Objects("firstAvailable").Select(static choice => choice.Text("name")).ToHashSet(StringComparer.Ordinal);
        }
    }

    public void Check(string name, string field, FieldErrors errors)
    {
        var parts = name.Split('/');
        if (parts.Length > 2)
        {
            errors.Invalid(field, name, Unknown);
            return;
        }
        foreach (var part in parts)
        {
            DeviceNames.Label(part, field, errors);
        }
        if (!_names.TryGetValue(parts[0], out var choices) || (parts.Length == 2 && !choices.Contains(parts[1])))
        {
            errors.Invalid(field, name, Unknown);
        }
    }
}
