namespace Proa.Api.Kinds.Pods;

/// <summary>What an image's name says of its version.</summary>
public static class ImageNames
{
    /// <summary>The pull policy when none is stated: <c>Always</c> for <c>:latest</c>, stated or by default; a digest never changes.</summary>
    public static string DefaultPullPolicy(string image)
    {
        if (image.Length == 0 || image.Contains('@'))
        {
            return "IfNotPresent";
        }
        var name = image.AsSpan(image.LastIndexOf('/') + 1);
        var colon = name.LastIndexOf(':');
        return colon < 0 || name[(colon + 1)..] is "latest" ? "Always" : "IfNotPresent";
    }
}
