using Proa.Api.Json;

namespace Proa.Api.Kinds.Pods;

/// <summary>Kernel settings that a pod asks for.</summary>
internal static class SysctlRules
{
    private const string Form = "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";

    private static readonly string[] s_ipc = ["kernel.shm", "kernel.msg", "fs.mqueue."];

    public static void Check(JsonObject spec, JsonObject context, string path, FieldErrors errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var sysctl in context.Objects("sysctls"))
        {
            var at = $"{path}[{i++}].name";
            var name = sysctl.Text("name");
            if (name.Length == 0)
            {
                errors.Required(at);
            }
            else if (!IsName(name))
            {
                errors.Invalid(at, name, $"must have at most 253 characters and match regex {Form}");
            }
            else if (seen.Contains(name))
            {
                errors.Duplicate(at, name);
            }
            seen.Add(name);
            var dotted = name.Replace('/', '.');
            if (spec.Bool("hostNetwork") == true && dotted.StartsWith("net.", StringComparison.Ordinal))
            {
                errors.Invalid(at, name, "may not be specified when 'hostNetwork' is true");
            }
            else if (spec.Bool("hostIPC") == true
                && (dotted == "kernel.sem" || Array.Exists(s_ipc, prefix => dotted.StartsWith(prefix, StringComparison.Ordinal))))
            {
                errors.Invalid(at, name, "may not be specified when 'hostIPC' is true");
            }
        }
    }

    private static bool IsName(string name) => name.Length <= 253 && name.Split('.', '/').All(static segment =>
        segment.Length > 0 && char.IsAsciiLetterOrDigit(segment[0]) && char.IsAsciiLetterOrDigit(segment[^1])
        && segment.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_'));
}
