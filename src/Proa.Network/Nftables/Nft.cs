namespace Proa.Network.Nftables;

/// <summary>Numbers of linux/netfilter/nf_tables.h and nfnetlink.h that more than one file needs.</summary>
internal static class Nft
{
    public const int NetfilterProtocol = 12;

    public const ushort NewTable = 0x0a00;
    public const ushort DelTable = 0x0a02;
    public const ushort NewChain = 0x0a03;
    public const ushort GetChain = 0x0a04;
    public const ushort NewRule = 0x0a06;
    public const ushort NewSet = 0x0a09;
    public const ushort NewElement = 0x0a0c;
    public const ushort GetElement = 0x0a0d;
    public const ushort DelElement = 0x0a0e;

    public const ushort BatchBegin = 0x10;
    public const ushort BatchEnd = 0x11;

    public const byte FamilyInet4 = 2;

    public const int Drop = 0;
    public const int Accept = 1;
    public const int Goto = -4;
    public const int Return = -5;

    /// <summary>The type of a map's values that says: verdicts.</summary>
    public const uint VerdictType = 0xffffff00;

    /// <summary>The register that holds the verdict.</summary>
    public const uint VerdictRegister = 0;

    /// <summary>The first of sixteen registers of four bytes, numbered on.</summary>
    public const uint Register = 8;
}

/// <summary>Where a base chain hooks in.</summary>
internal enum NftHook : uint
{
    Prerouting = 0,
    Input = 1,
    Forward = 2,
    Output = 3,
    Postrouting = 4,
}

[Flags]
internal enum NftSetFlags : uint
{
    None = 0,
    Interval = 4,
    Map = 8,
    Timeout = 0x10,
    Dynamic = 0x20,
    Concatenation = 0x80,
}
