namespace Proa.Node.Tests.Containerd;

/// <summary>A point-to-point pod network: no bridge that a test could leave behind.</summary>
internal static class TestNetwork
{
    /// <param name="configDirectory">containerd's CNI configuration.</param>
    /// <param name="directory">For the leases.</param>
    public static void Write(string configDirectory, string directory)
    {
        Directory.CreateDirectory(configDirectory);
        var subnet = $"10.{200 + Random.Shared.Next(50)}.{Random.Shared.Next(250)}.0/24";
        File.WriteAllText(Path.Combine(configDirectory, "10-test.conflist"), $$$"""
            {"cniVersion":"0.4.0","name":"proa-test","plugins":[{"type":"ptp","ipam":{"type":"host-local","subnet":"{{{subnet}}}",
            "dataDir":"{{{directory}}}/ipam","routes":[{"dst":"0.0.0.0/0"}]}}]}
            """);
    }
}
