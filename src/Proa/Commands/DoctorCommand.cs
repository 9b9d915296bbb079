using System.CommandLine;
using System.Text.Json.Nodes;
using Proa.Setup;
using Proa.Terminal;

namespace Proa.Commands;

internal static class DoctorCommand
{
    public static Command Create()
    {
        var output = CommandTree.Output();
        var command = new Command("doctor", "Say what this machine has and lacks for a cluster, and how to get it") { output };
        command.SetAction(parsed => Run(parsed.GetValue(output) == "json"));
        return command;
    }

    private static int Run(bool json)
    {
        var checks = HostChecks.All().ToList();
        if (json)
        {
            Console.WriteLine(new JsonArray([.. checks.Select(check => (JsonNode)new JsonObject
            {
                ["name"] = check.Name,
                ["ok"] = check.Ok,
                ["required"] = check.Required,
                ["detail"] = check.Detail,
                ["todo"] = Todo(check),
            })]).ToJsonString());
        }
        else
        {
            foreach (var check in checks)
            {
                var mark = check.Ok ? Style.Green("ok     ") : check.Required ? Style.Red("missing") : Style.Yellow("absent ");
                Console.WriteLine($"{mark}  {check.Name,-18} {check.Detail}");
                if (!check.Ok && Todo(check) is { } todo)
                {
                    Console.WriteLine($"         {"",-18} {todo}");
                }
            }
        }
        return checks.Any(check => check is { Ok: false, Required: true }) ? 1 : 0;
    }

    private static string? Todo(HostCheck check) => check.Ok ? null
        : check.Package is { } package ? $"apt-get install {package} (`proa up` does it)"
        : check.Todo;
}
