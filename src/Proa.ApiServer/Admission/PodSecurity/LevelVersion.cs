using System.Globalization;

namespace Proa.ApiServer.Admission.PodSecurity;

/// <summary>A level as of a minor version of Kubernetes.</summary>
/// <param name="Minor"><see cref="Latest"/>: whatever is newest.</param>
internal readonly record struct LevelVersion(PolicyLevel Level, int Minor)
{
    public const int Latest = int.MaxValue;

    public static readonly LevelVersion Privileged = new(PolicyLevel.Privileged, Latest);

    public override string ToString()
    {
        var level = Level switch
        {
            PolicyLevel.Privileged => "privileged",
            PolicyLevel.Baseline => "baseline",
            _ => "restricted",
        };
        return Minor == Latest ? level + ":latest" : string.Create(CultureInfo.InvariantCulture, $"{level}:v1.{Minor}");
    }
}
