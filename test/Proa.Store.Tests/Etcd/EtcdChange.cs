namespace Proa.Store.Tests.Etcd;

/// <summary>One change of one object, as etcd has it.</summary>
internal sealed record EtcdChange(long Revision, string Resource, string Name, string State)
{
    public const string Gone = "gone";

    public override string ToString() => $"{Resource} {Name} {State[..Math.Min(State.Length, 16)]} of {Revision}";
}
