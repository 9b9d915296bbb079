using Proa.Api.Json;
using Proa.Api.Kinds;

namespace Proa.Api.Tests.Kinds;

public sealed class DeviceSelectorsTests
{
    [Theory]
    [InlineData("device.driver == 'gpu.example.com' && device.attributes['gpu.example.com'].model == 'a100'", null)]
    [InlineData("cel.bind(gpu, device.attributes['gpu.example.com'], gpu.model == 'a' && gpu.healthy)", null)]
    [InlineData("device.capacity['gpu.example.com'].memory.compareTo(quantity('40Gi')) >= 0", null)]
    [InlineData("device.none == 1", "spec.selectors[0].cel.expression: Invalid value: \"device.none == 1\": compilation failed: ERROR: <input>:1:7: undefined field 'none'\n | device.none == 1\n | ......^")]
    [InlineData("device.driver", "spec.selectors[0].cel.expression: Invalid value: \"device.driver\": must evaluate to bool or the unknown type, not string")]
    [InlineData("device.attributes.all(a, device.attributes.all(b, device.attributes.all(c, device.attributes.all(e, device.attributes[a][b] == device.attributes[c][e]))))",
        "spec.selectors[0].cel.expression: Forbidden: too complex, exceeds cost limit")]
    public void Validate_DeviceClassSelector_IsCompiled(string expression, string? expected)
    {
        var strategy = KindStrategies.For(new("resource.k8s.io", "v1", "DeviceClass"));
        var obj = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "c" },
            ["spec"] = new JsonObject { ["selectors"] = new JsonArray { new JsonObject { ["cel"] = new JsonObject { ["expression"] = expression } } } },
        };
        Assert.Equal(expected is null ? [] : [expected], strategy.Validate(obj).Select(static error => error.ToString()));
    }
}
