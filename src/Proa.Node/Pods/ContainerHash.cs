using System.Globalization;
using System.Text;
using Proa.Api.Models.Core;

namespace Proa.Node.Pods;

/// <summary>
/// What of a container cannot be changed while it runs: its name and image. (Everything else of a pod is immutable or, as
/// resources are, changed in place.)
/// </summary>
internal static class ContainerHash
{
    /// <summary>FNV-1a over name and image, in hexadecimal: stable over versions of Proa.</summary>
    public static string Of(Container container)
    {
        var hash = 2166136261u;
        foreach (var b in Encoding.UTF8.GetBytes($"{container.Name}\0{container.Image}"))
        {
            hash = (hash ^ b) * 16777619u;
        }
        return hash.ToString("x8", CultureInfo.InvariantCulture);
    }
}
