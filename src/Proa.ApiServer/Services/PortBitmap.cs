using System.Numerics;
using System.Text;
using Proa.Api.Json;

namespace Proa.ApiServer.Services;

/// <summary>
/// Which node ports are taken, in the form in which the original keeps it: a RangeAllocation whose data is a number, big end
/// first, with a bit a port. Immutable.
/// </summary>
internal sealed class PortBitmap
{
    private readonly BigInteger _bits;
    private readonly int _first;
    private readonly int _last;

    public PortBitmap(int first, int last)
        : this(first, last, BigInteger.Zero)
    {
    }

    private PortBitmap(int first, int last, BigInteger bits) => (_first, _last, _bits) = (first, last, bits);

    /// <summary>One of another range is empty: the Services that exist say what is taken.</summary>
    public static PortBitmap Read(int first, int last, ReadOnlySpan<byte> json)
    {
        var stored = JsonTree.ParseObject(json);
        var empty = new PortBitmap(first, last);
        return stored.String("range") == empty.Range && stored.String("data") is { Length: > 0 } data
            ? new(first, last, new BigInteger(Convert.FromBase64String(data), isUnsigned: true, isBigEndian: true))
            : empty;
    }

    private string Range => $"{_first}-{_last}";

    public bool Has(int port) => IsIn(port) && !(_bits >> (port - _first)).IsEven;

    public PortBitmap With(int port) => IsIn(port) ? new(_first, _last, _bits | (BigInteger.One << (port - _first))) : this;

    public PortBitmap Without(int port) => Has(port) ? new(_first, _last, _bits ^ (BigInteger.One << (port - _first))) : this;

    public bool Same(PortBitmap other) => _bits == other._bits;

    public IEnumerable<int> All => Enumerable.Range(_first, _last - _first + 1).Where(Has);

    /// <summary>A resourceVersion fits before <c>creationTimestamp</c>.</summary>
    public byte[] ToUtf8()
    {
        var data = _bits.IsZero ? "" : Convert.ToBase64String(_bits.ToByteArray(isUnsigned: true, isBigEndian: true));
        return Encoding.UTF8.GetBytes($$"""{"kind":"RangeAllocation","apiVersion":"v1","metadata":{"creationTimestamp":null},"range":"{{Range}}","data":"{{data}}"}""");
    }

    private bool IsIn(int port) => port >= _first && port <= _last;
}
