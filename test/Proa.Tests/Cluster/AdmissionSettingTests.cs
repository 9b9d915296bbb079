using Proa.Cluster;

namespace Proa.Tests.Cluster;

public sealed class AdmissionSettingTests
{
    [Fact]
    public void Of_NamesWithCommas_TurnsPluginsOnAndOff()
    {
        var settings = AdmissionSetting.Of(new() { EnableAdmissionPlugins = ["AlwaysPullImages, PodNodeSelector"], DisableAdmissionPlugins = ["PodSecurity"] });
        Assert.True(settings.Runs("AlwaysPullImages"));
        Assert.True(settings.Runs("PodNodeSelector"));
        Assert.True(settings.Runs("LimitRanger"));
        Assert.False(settings.Runs("PodSecurity"));
        Assert.False(settings.Runs("EventRateLimit"));
    }

    [Theory]
    [InlineData("Nonsense", "", "--enable-admission-plugins: plugin \"Nonsense\" is unknown")]
    [InlineData("PodSecurity", "PodSecurity", "PodSecurity in --enable-admission-plugins and --disable-admission-plugins")]
    public void Of_WrongNames_AreToldByTheOption(string enable, string disable, string message) => Assert.Equal(
        message, Assert.Throws<UserException>(() => AdmissionSetting.Of(new() { EnableAdmissionPlugins = [enable], DisableAdmissionPlugins = [disable] })).Message);
}
