namespace Proa.Store.Tests.Faults;

/// <summary>What of one file is on the disk for certain, and what was written since. Guarded by its <see cref="FaultDisk"/>.</summary>
internal sealed class FaultFile(ReadOnlyMemory<byte> durable)
{
    private const int Sector = 512;

    private readonly List<(long Offset, byte[]? Data)> _pending = [];
    private readonly Content _durable = new(durable.Span);

    /// <summary>Says that the file is new: its name is on the disk only after its first sync.</summary>
    public bool IsNamed { get; private set; } = durable.Length > 0;

    public void Truncate(long length) => _pending.Add((length, null));

    public void Write(long offset, ReadOnlySpan<byte> data) => _pending.Add((offset, data.ToArray()));

    public void Sync()
    {
        foreach (var (offset, data) in _pending)
        {
            _durable.Apply(offset, data, 0, data?.Length ?? 0);
        }
        _pending.Clear();
        IsNamed = true;
    }

    /// <summary>A sync that failed: some sectors made it, the rest is never tried again.</summary>
    /// <returns>What is on the disk.</returns>
    public ReadOnlySpan<byte> FailSync(Random random)
    {
        ApplySome(_durable, random);
        _pending.Clear();
        return _durable.Bytes;
    }

    /// <summary>What a machine finds after its power went: what was synced, and any of the sectors written since.</summary>
    public byte[] AfterPowerCut(Random random)
    {
        var result = new Content(_durable.Bytes);
        ApplySome(result, random);
        return result.Bytes.ToArray();
    }

    private void ApplySome(Content content, Random random)
    {
        var kept = random.Next(4) switch { 0 => 0.0, 1 => 1.0, _ => random.NextDouble() };
        foreach (var (offset, data) in _pending)
        {
            if (data is null)
            {
                if (random.NextDouble() < kept)
                {
                    content.Apply(offset, null, 0, 0);
                }
                continue;
            }
            for (var at = offset; at < offset + data.Length;)
            {
                var end = Math.Min(offset + data.Length, (at / Sector * Sector) + Sector);
                if (random.NextDouble() < kept)
                {
                    content.Apply(at, data, (int)(at - offset), (int)(end - at));
                }
                at = end;
            }
        }
    }

    /// <summary>Bytes that can be written anywhere, as in a file.</summary>
    private sealed class Content
    {
        private byte[] _bytes;
        private int _length;

        public Content(ReadOnlySpan<byte> bytes) => (_bytes, _length) = (bytes.ToArray(), bytes.Length);

        public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

        /// <param name="data">Null: a truncation to the offset.</param>
        public void Apply(long offset, byte[]? data, int start, int count)
        {
            var at = (int)offset;
            if (data is null)
            {
                if (at < _length)
                {
                    _bytes.AsSpan(at, _length - at).Clear();
                    _length = at;
                }
                return;
            }
            if (at + count > _bytes.Length)
            {
                Array.Resize(ref _bytes, Math.Max(at + count, _bytes.Length * 2));
            }
            data.AsSpan(start, count).CopyTo(_bytes.AsSpan(at));
            _length = Math.Max(_length, at + count);
        }
    }
}
