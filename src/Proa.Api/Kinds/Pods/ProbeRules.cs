using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>What probes and lifecycle hooks must be like.</summary>
internal static class ProbeRules
{
    public static void Check(JsonObject? probe, string at, FieldErrors errors, bool mustSucceedOnce)
    {
        if (probe is null)
        {
            return;
        }
        Handler(probe, at, errors, isProbe: true);
        foreach (var name in (ReadOnlySpan<string>)["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"])
        {
            errors.NonNegative($"{at}.{name}", probe[name]);
        }
        if (probe.Int("terminationGracePeriodSeconds") is <= 0)
        {
            errors.Invalid($"{at}.terminationGracePeriodSeconds", probe["terminationGracePeriodSeconds"], "must be greater than 0");
        }
        if (mustSucceedOnce && probe.Int("successThreshold") is { } threshold and not 1)
        {
            errors.Invalid($"{at}.successThreshold", threshold, "must be 1");
        }
        else if (!mustSucceedOnce && probe.ContainsKey("terminationGracePeriodSeconds"))
        {
            errors.Invalid($"{at}.terminationGracePeriodSeconds", probe["terminationGracePeriodSeconds"], "must not be set for readinessProbes");
        }
    }

    public static void Handler(JsonObject handler, string at, FieldErrors errors, bool isProbe, long? gracePeriod = null)
    {
        var count = 0;
        foreach (var kind in isProbe ? (ReadOnlySpan<string>)["exec", "httpGet", "tcpSocket", "grpc"] : ["exec", "httpGet", "tcpSocket", "sleep"])
        {
            if (handler.Object(kind) is not { } action)
            {
                continue;
            }
            if (count++ > 0)
            {
                errors.Forbidden($"{at}.{kind}", "may not specify more than 1 handler type");
                continue;
            }
            switch (kind)
            {
                case "exec":
                    if (action.Array("command") is not { Count: > 0 })
                    {
                        errors.Required($"{at}.exec.command");
                    }
                    break;
                case "httpGet":
                    if (action.Text("path").Length == 0)
                    {
                        errors.Required($"{at}.httpGet.path");
                    }
                    Port(action["port"], $"{at}.httpGet.port", errors);
                    if (action.Text("scheme") is not ("HTTP" or "HTTPS"))
                    {
                        errors.NotSupported($"{at}.httpGet.scheme", action["scheme"], "HTTP", "HTTPS");
                    }
                    Headers(action, $"{at}.httpGet.httpHeaders", errors);
                    break;
                case "tcpSocket":
                    Port(action["port"], $"{at}.tcpSocket.port", errors);
                    break;
                case "grpc":
                    if (action.Int("port") is not (>= 1 and <= 65535))
                    {
                        errors.Invalid($"{at}.grpc.port", action["port"] ?? 0, Names.InRange(1, 65535));
                    }
                    break;
                case "sleep":
                    var seconds = action.Int("seconds") ?? 0;
                    if (gracePeriod is { } grace && (seconds < 0 || seconds > grace))
                    {
                        errors.Invalid($"{at}.sleep", seconds, $"must be non-negative and less than terminationGracePeriodSeconds ({grace})");
                    }
                    break;
            }
        }
        if (count == 0)
        {
            errors.Required(at, "must specify a handler type");
        }
    }

    /// <summary>A port's number, or the name of a container's port.</summary>
    public static void Port(JsonValue? port, string field, FieldErrors errors)
    {
        switch (port)
        {
            case JsonString text:
                errors.Invalid(field, text.Value, Names.PortName(text.Value));
                break;
            default:
                if (port is not JsonNumber number || !number.TryGetInt64(out var value) || value is < 1 or > 65535)
                {
                    errors.Invalid(field, port ?? 0, Names.InRange(1, 65535));
                }
                break;
        }
    }

    private static void Headers(JsonObject action, string at, FieldErrors errors)
    {
        foreach (var header in action.Objects("httpHeaders"))
        {
            var name = header.Text("name");
            if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
            {
                errors.Invalid(at, name, "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')");
            }
        }
    }
}
