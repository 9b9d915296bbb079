using Proa.Bench.Api;

// Creates, gets and lists over TLS; bench/api/run starts the server.
if (args is not [var server, var token])
{
    Console.Error.WriteLine("usage: Proa.Bench.Api https://ADDRESS:PORT TOKEN (bench/api/run does it)");
    return 2;
}
await new ApiBench(new Uri(server), token).RunAsync();
return 0;
