using Proa.Api.Json;

namespace Proa.ApiServer.Admission.PodSecurity.Checks;

/// <summary>SELinux labels that leave the container's confinement.</summary>
internal static class SeLinuxChecks
{
    public static Finding? Since0(PodUnderCheck pod) => Check(pod, static type => type is "" or "container_t" or "container_init_t" or "container_kvm_t");

    public static Finding? Since31(PodUnderCheck pod) =>
        Check(pod, static type => type is "" or "container_t" or "container_init_t" or "container_kvm_t" or "container_engine_t");

    private static Finding? Check(PodUnderCheck pod, Func<string, bool> isAllowed)
    {
        var types = Wording.Set();
        var (user, role) = (false, false);
        var whole = IsBad(pod.Security);
        var containers = new List<string>();
        foreach (var container in pod.Containers)
        {
            if (IsBad(PodUnderCheck.SecurityOf(container)))
            {
                containers.Add(PodUnderCheck.Name(container));
            }
        }
        if (!whole && containers.Count == 0)
        {
            return null;
        }
        var data = new List<string>();
        if (types.Count > 0)
        {
            data.Add($"{Wording.Plural("type", types.Count)} {Wording.Quoted(types)}");
        }
        if (user)
        {
            data.Add("user may not be set");
        }
        if (role)
        {
            data.Add("role may not be set");
        }
        return new("seLinuxOptions", $"{Wording.Setters(whole, containers)} set forbidden securityContext.seLinuxOptions: {string.Join("; ", data)}");

        bool IsBad(JsonObject? security)
        {
            if (security?.Object("seLinuxOptions") is not { } options)
            {
                return false;
            }
            var type = options.String("type") ?? "";
            var badType = !isAllowed(type);
            if (badType)
            {
                types.Add(type);
            }
            var hasUser = options.String("user") is { Length: > 0 };
            var hasRole = options.String("role") is { Length: > 0 };
            user |= hasUser;
            role |= hasRole;
            return badType || hasUser || hasRole;
        }
    }
}
