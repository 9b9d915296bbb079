using System.Globalization;
using Shop;

// A cart is a Redis hash from product to quantity.
var redis = new RedisConnection(ShopApp.Require("REDIS"), ShopApp.Require("REDIS_PASSWORD"));

var app = ShopApp.Create(args, redis.PingAsync);
app.MapGet("/carts/{id}", Read);
app.MapPost("/carts/{id}", async (string id, CartLine line) =>
{
    await redis.CallAsync("HINCRBY", Key(id), line.ProductId, line.Quantity.ToString(CultureInfo.InvariantCulture));
    return await Read(id);
});
app.MapDelete("/carts/{id}", async (string id) =>
{
    await redis.CallAsync("DEL", Key(id));
    return Results.NoContent();
});
app.Run();

static string Key(string id) => $"cart:{id}";

async Task<CartView> Read(string id)
{
    var lines = (await redis.HashAsync(Key(id))).Select(entry => new CartLine(entry.Key, int.Parse(entry.Value, CultureInfo.InvariantCulture)));
    return new CartView(id, [.. lines]);
}
