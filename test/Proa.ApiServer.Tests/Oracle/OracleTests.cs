using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Proa.ApiServer.Security;
using Proa.Client.Informers;
using Proa.Controllers;

namespace Proa.ApiServer.Tests.Oracle;

/// <summary>
/// The recorded conversations that this server must have word by word. With <c>PROA_ORACLE_REPORT=FILE</c> all of them are
/// tried, and the file tells which passed and where the others differ.
/// </summary>
public sealed class OracleTests(OracleTests.Fixture fixture) : IClassFixture<OracleTests.Fixture>
{
    public static TheoryData<string> Required => [.. OracleCase.Required];

    [Theory]
    [MemberData(nameof(Required))]
    public async Task Replay_Recorded_SameAnswers(string name)
    {
        var difference = await fixture.Replay.RunAsync(OracleCase.Load(name), TestContext.Current.CancellationToken);
        Assert.True(difference is null, difference);
    }

    [Fact]
    public void Required_List_NamesCases() => Assert.Empty(OracleCase.Required.Except(OracleCase.All));

    [Fact]
    public async Task Report_AskedFor_TriesAll()
    {
        if (Environment.GetEnvironmentVariable("PROA_ORACLE_REPORT") is not { Length: > 0 } file)
        {
            return;
        }
        var passed = new StringBuilder();
        var failed = new StringBuilder();
        foreach (var name in OracleCase.All)
        {
            string? difference;
            try
            {
                difference = await fixture.Replay.RunAsync(OracleCase.Load(name), TestContext.Current.CancellationToken);
            }
            catch (Exception e)
            {
                difference = e.ToString();
            }
            if (difference is null)
            {
                passed.Append(name).Append('\n');
            }
            else
            {
                failed.Append("# ").Append(name).Append("\n    ").Append(difference).Append('\n');
            }
        }
        await File.WriteAllTextAsync(file, passed.ToString() + failed, TestContext.Current.CancellationToken);
    }

    public sealed class Fixture : IAsyncLifetime
    {
        // Those of the recorded cluster's controllers that the conversations show.
        private const string Controllers = "rootcapublisher,resourcequota,persistentvolume-binder,ttl";
        private readonly CancellationTokenSource _stop = new();
        private WholeServer _server = null!;
        private Task _running = Task.CompletedTask;

        public OracleReplay Replay { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            _server = await WholeServer.StartAsync();
            var informers = new InformerFactory(_server.Server.ClientFor(new UserInfo("admin", [UserInfo.AdministratorsGroup]), "test"), TimeProvider.System, NullLoggerFactory.Instance);
            var controllers = new ControllerManager(
                new ControllerManagerOptions { Controllers = Controllers, RootCaPem = "-----BEGIN CERTIFICATE-----" },
                account => _server.Server.ClientFor(new UserInfo($"system:serviceaccount:kube-system:{account}", [UserInfo.AdministratorsGroup]), "kube-controller-manager"),
                informers, TimeProvider.System, NullLoggerFactory.Instance);
            _running = Task.WhenAll(informers.RunAsync(_stop.Token), controllers.RunAsync(_stop.Token));
            Replay = new OracleReplay(_server.Http, _server.Token);
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running;
            _stop.Dispose();
            await _server.DisposeAsync();
        }
    }
}
