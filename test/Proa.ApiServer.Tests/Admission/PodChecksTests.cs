using Proa.Api.Json;
using Proa.ApiServer.Admission.PodSecurity;

namespace Proa.ApiServer.Tests.Admission;

public sealed class PodChecksTests
{
    private const string Restricted = """
        "securityContext":{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}},
        "containers":[{"name":"c","securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}}]
        """;

    [Theory]
    [InlineData("{" + Restricted + "}", "")]
    [InlineData("""{"containers":[{"name":"a"},{"name":"b","securityContext":{"runAsNonRoot":false,"runAsUser":0}}],"securityContext":{"runAsUser":0}}""",
        "allowPrivilegeEscalation != false (containers \"a\", \"b\" must set securityContext.allowPrivilegeEscalation=false), "
        + "unrestricted capabilities (containers \"a\", \"b\" must set securityContext.capabilities.drop=[\"ALL\"]), "
        + "runAsNonRoot != true (container \"b\" must not set securityContext.runAsNonRoot=false), "
        + "runAsUser=0 (pod and container \"b\" must not set runAsUser=0), "
        + "seccompProfile (pod or containers \"a\", \"b\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")")]
    [InlineData("""{"volumes":[{"name":"v","hostPath":{"path":"/"}},{"name":"w","nfs":{}},{"name":"x","emptyDir":{}}],""" + Restricted + "}",
        "restricted volume types (volumes \"v\", \"w\" use restricted volume types \"hostPath\", \"nfs\")")]
    [InlineData("""{"os":{"name":"windows"},"containers":[{"name":"c"}],"securityContext":{"runAsNonRoot":true}}""", "")]
    [InlineData("""{"hostUsers":false,"securityContext":{"seccompProfile":{"type":"Localhost"},"runAsUser":0},"containers":[{"name":"c","securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"],"add":["NET_BIND_SERVICE","SYS_TIME"]}}}]}""",
        "unrestricted capabilities (container \"c\" must not include \"SYS_TIME\" in securityContext.capabilities.add)")]
    public void Run_Restricted_TellsFindingsInOrder(string spec, string expected) => Assert.Equal(expected, Run(PolicyLevel.Restricted, LevelVersion.Latest, spec));

    [Theory]
    [InlineData(LevelVersion.Latest, """{"hostNetwork":true,"hostIPC":true,"containers":[{"name":"c","securityContext":{"privileged":true}}]}""",
        "host namespaces (hostNetwork=true, hostIPC=true), privileged (container \"c\" must not set securityContext.privileged=true)")]
    [InlineData(LevelVersion.Latest, """{"containers":[{"name":"c","ports":[{"hostPort":80},{"hostPort":443},{"containerPort":1}]}]}""",
        "hostPort (container \"c\" uses hostPorts 443, 80)")]
    [InlineData(LevelVersion.Latest, """{"volumes":[{"name":"v","hostPath":{}}],"containers":[{"name":"c"}]}""", "hostPath volumes (volume \"v\")")]
    [InlineData(LevelVersion.Latest, """{"containers":[{"name":"c","livenessProbe":{"httpGet":{"host":"h"}}}]}""",
        "probe or lifecycle host (container \"c\" uses probe or lifecycle host \"h\")")]
    [InlineData(33, """{"containers":[{"name":"c","livenessProbe":{"httpGet":{"host":"h"}}}]}""", "")]
    [InlineData(LevelVersion.Latest, """{"securityContext":{"sysctls":[{"name":"net.ipv4.tcp_rmem"},{"name":"kernel.msgmax"}]},"containers":[]}""", "forbidden sysctls (kernel.msgmax)")]
    [InlineData(31, """{"securityContext":{"sysctls":[{"name":"net.ipv4.tcp_rmem"}]},"containers":[]}""", "forbidden sysctls (net.ipv4.tcp_rmem)")]
    [InlineData(LevelVersion.Latest, """{"securityContext":{"seLinuxOptions":{"type":"x_t","user":"u","role":"r"}},"containers":[]}""",
        "seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type \"x_t\"; user may not be set; role may not be set)")]
    [InlineData(LevelVersion.Latest, """{"containers":[{"name":"c","securityContext":{"capabilities":{"add":["NET_RAW","CHOWN"]},"procMount":"Unmasked"}}]}""",
        "non-default capabilities (container \"c\" must not include \"NET_RAW\" in securityContext.capabilities.add), procMount (container \"c\" must not set securityContext.procMount to \"Unmasked\")")]
    [InlineData(LevelVersion.Latest, """{"securityContext":{"appArmorProfile":{"type":"Unconfined"},"seccompProfile":{"type":"Unconfined"},"windowsOptions":{"hostProcess":true}},"containers":[]}""",
        "forbidden AppArmor profile (pod must not set AppArmor profile type to \"Unconfined\"), seccompProfile (pod must not set securityContext.seccompProfile.type to \"Unconfined\"), hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)")]
    public void Run_Baseline_TellsFindingsInOrder(int minor, string spec, string expected) => Assert.Equal(expected, Run(PolicyLevel.Baseline, minor, spec));

    private static string Run(PolicyLevel level, int minor, string spec)
    {
        var pod = PodUnderCheck.Of("pods", new JsonObject { ["spec"] = JsonTree.Parse(spec) })!;
        return PodChecks.Details(PodChecks.Run(new LevelVersion(level, minor), pod));
    }
}
