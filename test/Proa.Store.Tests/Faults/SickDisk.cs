namespace Proa.Store.Tests.Faults;

/// <summary>Faults at random: single ones, and spells in which every call of their kind fails.</summary>
internal sealed class SickDisk(string kind, int seed)
{
    private readonly Random _random = new(seed);
    private DiskFault _spell;
    private int _spellLeft;

    public DiskFault Decide(DiskCall call)
    {
        if (kind == "lies")
        {
            return call.Operation == DiskOperation.Sync ? DiskFault.Lie : DiskFault.None;
        }
        var fault = Fitting(_spellLeft > 0 ? _spell : Any(), call.Operation);
        if (_spellLeft > 0)
        {
            _spellLeft--;
            return fault;
        }
        if (_random.Next(40) != 0)
        {
            return DiskFault.None;
        }
        if (_random.Next(4) == 0)
        {
            (_spell, _spellLeft) = (fault, _random.Next(100));
        }
        return fault;
    }

    private DiskFault Any() => kind switch
    {
        "none" => DiskFault.None,
        "sync" => _random.Next(2) == 0 ? DiskFault.IoError : DiskFault.IoErrorForgetting,
        "space" => _random.Next(2) == 0 ? DiskFault.Full : DiskFault.Short,
        "read" => DiskFault.IoError,
        _ => (DiskFault)_random.Next(5),
    };

    private DiskFault Fitting(DiskFault fault, DiskOperation operation) => (operation, fault) switch
    {
        (_, DiskFault.None) => DiskFault.None,
        (DiskOperation.Sync, DiskFault.IoError or DiskFault.IoErrorForgetting) when kind is "sync" or "all" => fault,
        (DiskOperation.Write, DiskFault.Full or DiskFault.Short) => fault,
        (DiskOperation.Write or DiskOperation.Read or DiskOperation.Truncate, DiskFault.IoError) when kind is "read" or "all" => fault,
        _ => DiskFault.None,
    };
}
