using System.Globalization;
using System.Text;
using Proa.Api.Json;
using Proa.Api.Models.Core;
using Proa.Client;
using Proa.Client.Informers;
using Proa.Client.Queues;
using Proa.Controllers.Common;

namespace Proa.Controllers.NodeTtl;

/// <summary>Tells each node how long it may keep Secrets and ConfigMaps before it asks again: longer in larger clusters.</summary>
internal sealed class NodeTtlController : IController
{
    private const string Annotation = "node.alpha.kubernetes.io/ttl";

    // A size is left only when it is passed by some nodes, so that a cluster at a bound does not change its mind at each of them.
    private static readonly (int Least, int Most, int Seconds)[] s_sizes = [(0, 100, 0), (90, 500, 15), (450, 1000, 30), (900, 2000, 60), (1800, int.MaxValue, 300)];

    private readonly ControllerContext _context;
    private readonly IInformer<Node> _nodes;
    private readonly WorkQueue<string> _queue;
    private int _size;

    public NodeTtlController(ControllerContext context)
    {
        _context = context;
        _nodes = context.Informers.Get<Node>();
        _queue = new(context.Time);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        using var queue = _queue;
        using var nodes = _nodes.Subscribe(change =>
        {
            if (change.New is { } node)
            {
                _queue.Add(node.Metadata.Name!);
            }
        });
        await _nodes.SyncedAsync(ct);
        await new ReconcileLoop<string>("ttl", _queue, ReconcileAsync, 1, _context.Logger).RunAsync(ct);
    }

    private async Task<ReconcileResult> ReconcileAsync(string name, CancellationToken ct)
    {
        if (_nodes.Get(null, name) is not { } node)
        {
            return ReconcileResult.Done;
        }
        var count = _nodes.List().Count;
        while (count > s_sizes[_size].Most)
        {
            _size++;
        }
        while (count < s_sizes[_size].Least)
        {
            _size--;
        }
        var wanted = s_sizes[_size].Seconds.ToString(CultureInfo.InvariantCulture);
        if (node.Metadata.Annotations.GetValueOrDefault(Annotation) == wanted)
        {
            return ReconcileResult.Done;
        }
        var patch = Encoding.UTF8.GetBytes($$"""{"metadata":{"annotations":{"{{Annotation}}":{{new JsonString(wanted)}}} } }""");
        var patched = await _context.Client.PatchAsync<Node>(null, name, PatchKind.Merge, patch, ct);
        return patched.Ok || patched.IsNotFound ? ReconcileResult.Done : ReconcileResult.Retry(patched.Error);
    }
}
