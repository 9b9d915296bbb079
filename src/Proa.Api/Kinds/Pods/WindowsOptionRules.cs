using Proa.Api.Json;
using Proa.Api.Meta;

namespace Proa.Api.Kinds.Pods;

/// <summary>What a security context may say to Windows, and which pods run their processes as the host's.</summary>
internal static class WindowsOptionRules
{
    private const int MaxCredential = 64 * 1024;

    public static void Check(JsonObject? options, string at, FieldErrors errors)
    {
        if (options is null)
        {
            return;
        }
        if (options.String("gmsaCredentialSpecName") is { } name)
        {
            errors.Invalid($"{at}.gmsaCredentialSpecName", name, Names.DnsSubdomain(name));
        }
        if (options.String("gmsaCredentialSpec") is { } credential)
        {
            if (credential.Length == 0)
            {
                errors.Invalid($"{at}.gmsaCredentialSpec", credential, "gmsaCredentialSpec cannot be an empty string");
            }
            else if (credential.Length > MaxCredential)
            {
                errors.Invalid($"{at}.gmsaCredentialSpec", credential, "gmsaCredentialSpec size must be under 64 KiB");
            }
        }
        if (options.String("runAsUserName") is { } user)
        {
            foreach (var wrong in WindowsUserNames.Wrong(user))
            {
                errors.Invalid($"{at}.runAsUserName", user, wrong);
            }
        }
    }

    /// <summary>Either all containers of a pod are the host's processes, on its network, or none is.</summary>
    public static void CheckHostProcess(JsonObject spec, string path, FieldErrors errors)
    {
        var ofPod = spec.Sub("securityContext", "windowsOptions").Bool("hostProcess");
        var (all, ofHost) = (0, 0);
        foreach (var (container, at) in PodSpecRules.AllContainers(spec, path))
        {
            all++;
            var own = container.Sub("securityContext", "windowsOptions").Bool("hostProcess");
            if (ofPod is not null && own is not null && ofPod != own)
            {
                errors.Invalid($"{at}.securityContext.windowsOptions.hostProcess", own,
                    $"pod hostProcess value must be identical if both are specified, was {(ofPod.Value ? "true" : "false")}");
            }
            if (own ?? ofPod ?? false)
            {
                ofHost++;
            }
        }
        if (ofHost == 0)
        {
            return;
        }
        if (ofHost != all)
        {
            errors.Invalid(path, "", "If pod contains any hostProcess containers then all containers must be HostProcess containers");
        }
        if (spec.Bool("hostNetwork") != true)
        {
            errors.Invalid($"{path}.hostNetwork", false, "hostNetwork must be true if pod contains any hostProcess containers");
        }
    }
}
