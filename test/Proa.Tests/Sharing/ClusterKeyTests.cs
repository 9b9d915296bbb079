using Proa.Sharing;

namespace Proa.Tests.Sharing;

public sealed class ClusterKeyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("proa-key-").FullName;

    private string File => Path.Combine(_folder, "cluster-key");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Open_WhatItSealed_IsTheSame_AndEachSealingDiffers()
    {
        var key = ClusterKey.Create();
        Assert.Equal("plain"u8.ToArray(), key.Open(key.Seal("plain"u8)));
        Assert.NotEqual(key.Seal("plain"u8), key.Seal("plain"u8));
    }

    [Fact]
    public void Open_AnotherKeyOrAnAlteredByte_IsNull()
    {
        var key = ClusterKey.Create();
        var whole = key.Seal("plain"u8);
        Assert.Null(ClusterKey.Create().Open(whole));
        for (var i = 0; i < whole.Length; i++)
        {
            var altered = whole.ToArray();
            altered[i] ^= 1;
            Assert.Null(key.Open(altered));
        }
        Assert.Null(key.Open(whole.AsSpan(0, 20)));
    }

    [Fact]
    public void Write_ThenRead_IsTheSameKey_InAPrivateFile()
    {
        var key = ClusterKey.Create();
        key.Write(File);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        Assert.Equal(65, new FileInfo(File).Length);
        Assert.Equal("x"u8.ToArray(), ClusterKey.Read(File)!.Open(key.Seal("x"u8)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("zz")]
    [InlineData("0011")]
    public void Read_NotAKey_SaysSo(string content)
    {
        System.IO.File.WriteAllText(File, content);
        Assert.Contains("is not a cluster key", Assert.Throws<UserException>(() => ClusterKey.Read(File)).Message);
    }

    [Fact]
    public void Read_NoFile_IsNull() => Assert.Null(ClusterKey.Read(File));
}
