namespace Proa.Store.Etcd;

/// <summary>How one member is.</summary>
/// <param name="Problem">Null: it answers and knows a leader.</param>
/// <param name="IsLeader">It is the one that the others follow.</param>
/// <param name="Version">Of etcd; empty when it does not answer.</param>
public sealed record EtcdMemberHealth(Uri Address, string? Problem, bool IsLeader, string Version);
