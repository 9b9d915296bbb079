namespace Proa.EndToEnd.Tests.Harness;

/// <summary>Where things lie in the checkout that the tests run from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The published program, as <c>./proa</c> builds it.</summary>
    public static string Proa => Path.Combine(Root, "artifacts/proa/proa");

    public static string Images => Path.Combine(Root, "artifacts/images");

    private static string FindRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Proa.slnx")))
            {
                return folder;
            }
        }
        throw new InvalidOperationException("the tests run outside a checkout");
    }
}
