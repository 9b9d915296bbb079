namespace Proa.Bench.Api;

/// <summary>The table.</summary>
internal sealed class Report
{
    /// <summary>True when a bar was missed, or a part broke off.</summary>
    public bool Failed { get; private set; }

    public void Fail(string why)
    {
        Failed = true;
        Console.Error.WriteLine(why);
    }

    public void PrintHead(bool withPeer) => Console.WriteLine(
        $"{"",-46} {"bar",14} {"Proa",14} {(withPeer ? $"{"original",14} {"ratio",7} " : "")} {"",-4} notes");

    public void Print(Figure own, Figure? peer, bool withPeer)
    {
        var bar = own.Bar is { } value ? $"{(own.LessIsBetter ? "<=" : ">=")} {Number(value)} {own.Unit}" : "";
        var verdict = own.Bar is null ? "" : own.MeetsBar ? "met" : "MISS";
        Failed |= !own.MeetsBar;
        var beside = !withPeer ? "" : peer is null ? $"{"-",14} {"-",7} " : $"{Number(peer.Value) + " " + peer.Unit,14} {own.Against(peer),6:n1}x ";
        var notes = peer is { Note.Length: > 0 } ? $"{own.Note}; the original: {peer.Note}" : own.Note;
        Console.WriteLine($"{own.What,-46} {bar,14} {Number(own.Value) + " " + own.Unit,14} {beside} {verdict,-4} {notes}".TrimEnd());
    }

    private static string Number(double value) => value switch
    {
        >= 100 => value.ToString("n0"),
        >= 10 => value.ToString("n1"),
        _ => value.ToString("n2"),
    };
}
