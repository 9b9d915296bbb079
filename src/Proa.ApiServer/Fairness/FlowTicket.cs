namespace Proa.ApiServer.Fairness;

/// <summary>How a request was classified, and the seats that it holds until it is released.</summary>
internal readonly record struct FlowTicket(FlowSchema? Schema, PriorityLevel? Level, int Seats, bool Admitted)
{
    public static readonly FlowTicket Free = new(null, null, 0, true);
}
