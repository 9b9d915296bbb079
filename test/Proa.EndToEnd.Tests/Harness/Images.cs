namespace Proa.EndToEnd.Tests.Harness;

/// <summary>Builds the images that tests run, once: the scripts that users have.</summary>
internal static class Images
{
    private static readonly Lazy<Task<string>> s_busybox = new(() => BusyboxAsync());
    private static readonly Lazy<Task<string>> s_shop = new(() => ShopAsync());

    /// <summary>A tar with <c>busybox:1.35</c>.</summary>
    public static Task<string> Busybox => s_busybox.Value;

    /// <summary>The folder with the shop's tars.</summary>
    public static Task<string> Shop => s_shop.Value;

    private static async Task<string> BusyboxAsync()
    {
        var tar = Path.Combine(Repository.Images, "busybox.tar");
        Directory.CreateDirectory(Repository.Images);
        (await CommandResult.RunAsync("bash", ["-c", $". eng/images.sh; busybox_image '{tar}' busybox:1.35"])).Must();
        return tar;
    }

    private static async Task<string> ShopAsync()
    {
        var folder = Path.Combine(Repository.Images, "shop");
        (await CommandResult.RunAsync(Path.Combine(Repository.Root, "samples/shop/build-images.sh"), [folder], limit: TimeSpan.FromMinutes(6))).Must();
        return folder;
    }
}
