using System.Text;

namespace Proa.Network.Pods;

/// <summary>
/// The CNI network list. Pods hang on the <c>ptp</c> plug-in, a virtual cable each: all that a pod sends is routed by the
/// host, also what it sends to its neighbours, so that the answer to a Service's address comes back the way it went. On a
/// bridge that takes a kernel module (br_netfilter) and a setting that changes all other bridges of the machine.
/// </summary>
internal static class CniConfig
{
    public const string NetworkName = "proa";
    public const string FileName = "10-proa.conflist";

    public static byte[] Render(NetworkOptions options, uint mtu) => Encoding.UTF8.GetBytes($$"""
        {
          "cniVersion": "0.4.0",
          "name": "{{NetworkName}}",
          "plugins": [
            {
              "type": "ptp",
              "mtu": {{mtu}},
              "ipMasq": false,
              "ipam": {
                "type": "host-local",
                "dataDir": "{{System.Text.Json.JsonEncodedText.Encode(options.CniLeaseDir)}}",
                "ranges": [[{ "subnet": "{{options.PodRange}}", "gateway": "{{options.Gateway}}" }]],
                "routes": [{ "dst": "0.0.0.0/0" }]
              }
            }
          ]
        }

        """);

    /// <summary>Writes the file whole or not at all, and only when it differs: containerd watches the directory.</summary>
    public static void Write(NetworkOptions options, uint mtu)
    {
        var file = Path.Combine(options.CniConfDir, FileName);
        var content = Render(options, mtu);
        Directory.CreateDirectory(options.CniConfDir);
        if (File.Exists(file) && File.ReadAllBytes(file).AsSpan().SequenceEqual(content))
        {
            return;
        }
        var temporary = file + ".tmp";
        File.WriteAllBytes(temporary, content);
        File.Move(temporary, file, overwrite: true);
    }
}
