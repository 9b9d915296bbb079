using Proa.Api.Cel.Values;

namespace Proa.Api.Cel.Evaluation;

/// <summary>What one evaluation needs: the variables' values, room for those within, and what it has cost. For one use.</summary>
internal sealed class Frame(ICelVariables variables, int slots, long limit, CancellationToken ct)
{
    private const int CheckEvery = 100;

    private readonly CelValue[] _slots = slots == 0 ? [] : new CelValue[slots];
    private CelValue[] _stack = [];
    private int _top;
    private int _sinceCheck;

    public ICelVariables Variables => variables;

    public long Cost { get; private set; }

    public ref CelValue Slot(int index) => ref _slots[index];

    /// <exception cref="CelAbortedException">Past the limit, or cancelled.</exception>
    public void Charge(long cost)
    {
        Cost = cost < 0 || Cost > long.MaxValue - cost ? long.MaxValue : Cost + cost;
        if (Cost > limit)
        {
            throw new CelAbortedException(CelOutcome.CostExceeded);
        }
        if (++_sinceCheck >= CheckEvery)
        {
            _sinceCheck = 0;
            if (ct.IsCancellationRequested)
            {
                throw new CelAbortedException(CelOutcome.Cancelled);
            }
        }
    }

    /// <summary>Reserves room for arguments; give it back with <see cref="Release"/>.</summary>
    public int Reserve(int count)
    {
        var at = _top;
        _top += count;
        if (_top > _stack.Length)
        {
            Array.Resize(ref _stack, Math.Max(16, _top * 2));
        }
        return at;
    }

    public void Put(int at, in CelValue value) => _stack[at] = value;

    public ReadOnlySpan<CelValue> Args(int at, int count) => _stack.AsSpan(at, count);

    public void Release(int at) => _top = at;
}

/// <summary>Ends an evaluation from within; never leaves <see cref="CelProgram"/>.</summary>
internal sealed class CelAbortedException(CelOutcome outcome) : Exception
{
    public CelOutcome Outcome => outcome;
}
