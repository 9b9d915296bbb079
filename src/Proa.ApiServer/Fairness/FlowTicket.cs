namespace Proa.ApiServer.Fairness;

/// <summary>How a request was classified, and the seats that it holds until it is released.</summary>
/// <param name="Request">Null: it holds none.</param>
internal readonly record struct FlowTicket(FlowSchema? Schema, PriorityLevel? Level, FlowRequest? Request, bool Admitted)
{
    public static readonly FlowTicket Free = new(null, null, null, true);
}
