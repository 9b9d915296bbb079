using System.Buffers.Binary;
using System.Net.Sockets;

namespace Proa.Store.Tests.Etcd;

/// <summary>
/// HTTP/2 frames on their way to a member; what takes a request back is left out. They are held from a moment at which nothing is
/// half sent.
/// </summary>
internal sealed class HeldRequests
{
    private const int HeaderBytes = 9;
    private readonly Lock _gate = new();
    private readonly Dictionary<Socket, List<byte>> _bytes = [];
    private readonly List<byte> _answers = [];
    private readonly TaskCompletionSource _any = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _requests;
    private int _answersLeft = int.MaxValue;

    public Task Any => _any.Task;

    public void Add(Socket to, ReadOnlySpan<byte> sent)
    {
        lock (_gate)
        {
            if (!_bytes.TryGetValue(to, out var bytes))
            {
                _bytes.Add(to, bytes = []);
            }
            bytes.AddRange(sent);
        }
        _any.TrySetResult();
    }

    public async Task DeliverAsync()
    {
        List<(Socket To, byte[] Frames)> sends = [];
        lock (_gate)
        {
            foreach (var (to, bytes) in _bytes)
            {
                var frames = new List<byte>();
                foreach (var frame in Whole(bytes).Where(static frame => frame.Type is FrameType.Data or FrameType.Headers))
                {
                    frames.AddRange(frame.Bytes);
                    _requests += frame.EndsStream ? 1 : 0;
                }
                sends.Add((to, [.. frames]));
            }
            Assert.True(_requests > 0);
            _answersLeft = _requests;
        }
        foreach (var (to, frames) in sends)
        {
            await to.SendAsync(frames);
        }
        await _answered.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public void Answered(ReadOnlySpan<byte> received)
    {
        lock (_gate)
        {
            _answers.AddRange(received);
            foreach (var frame in Whole(_answers).Where(static frame => frame.EndsStream))
            {
                if (_answersLeft != int.MaxValue && --_answersLeft == 0)
                {
                    _answered.SetResult();
                }
            }
        }
    }

    /// <summary>Takes out the frames that are whole.</summary>
    private static List<(FrameType Type, bool EndsStream, byte[] Bytes)> Whole(List<byte> bytes)
    {
        var frames = new List<(FrameType, bool, byte[])>();
        while (bytes.Count >= HeaderBytes)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian([0, bytes[0], bytes[1], bytes[2]]) + HeaderBytes;
            if (bytes.Count < length)
            {
                break;
            }
            var type = (FrameType)bytes[3];
            frames.Add((type, type is FrameType.Data or FrameType.Headers && (bytes[4] & 1) != 0, [.. bytes[..length]]));
            bytes.RemoveRange(0, length);
        }
        return frames;
    }

    private enum FrameType : byte
    {
        Data = 0,
        Headers = 1,
    }
}
