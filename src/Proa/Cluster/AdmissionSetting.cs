using Proa.ApiServer.Admission;

namespace Proa.Cluster;

/// <summary>The admission plugins that the settings ask for.</summary>
internal static class AdmissionSetting
{
    /// <exception cref="UserException">A plugin is unknown, or the configuration file is broken.</exception>
    public static AdmissionSettings Of(ApiSettings settings)
    {
        var (enabled, disabled) = (Names("--enable-admission-plugins", settings.EnableAdmissionPlugins), Names("--disable-admission-plugins", settings.DisableAdmissionPlugins));
        if (enabled.Intersect(disabled).ToList() is { Count: > 0 } both)
        {
            throw new UserException($"{string.Join(", ", both)} in --enable-admission-plugins and --disable-admission-plugins", "leave it out of one of them");
        }
        var made = new AdmissionSettings
        {
            Enabled = enabled,
            Disabled = disabled,
            NotReadyTolerationSeconds = settings.DefaultNotReadyTolerationSeconds,
            UnreachableTolerationSeconds = settings.DefaultUnreachableTolerationSeconds,
        };
        return settings.AdmissionControlConfigFile is { } file
            ? SettingFile.Parse("--admission-control-config-file", file, text => AdmissionConfigurationFile.Read(text, Path.GetDirectoryName(Path.GetFullPath(file))!, made))
            : made;
    }

    private static List<string> Names(string option, IReadOnlyList<string> texts)
    {
        List<string> names = [.. texts.SelectMany(static text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
        return names.Find(static name => !AdmissionPlugins.Has(name)) is { } unknown
            ? throw new UserException($"{option}: plugin \"{unknown}\" is unknown", "`proa up --help` lists those that there are")
            : names;
    }
}
