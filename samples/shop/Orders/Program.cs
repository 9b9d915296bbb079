using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Shop;

// An order prices a cart by the catalog, signs the total with a key from a Secret, and empties the cart.
var redis = new RedisConnection(ShopApp.Require("REDIS"), ShopApp.Require("REDIS_PASSWORD"));
var key = Encoding.UTF8.GetBytes(ShopApp.Require("ORDERS_KEY"));
var catalog = Upstream.Client("CATALOG_URL");
var carts = Upstream.Client("CART_URL");

var app = ShopApp.Create(args, redis.PingAsync);
app.MapPost("/orders/{cartId}", async (string cartId) =>
{
    var cart = await carts.GetFromJsonAsync($"/carts/{cartId}", ShopJson.Default.CartView);
    if (cart is null || cart.Lines.Length == 0)
    {
        return Results.BadRequest(new Problem("the cart is empty"));
    }
    var prices = (await catalog.GetFromJsonAsync("/products", ShopJson.Default.CatalogPage))!.Products.ToDictionary(p => p.Id, p => p.PriceCents);
    if (cart.Lines.FirstOrDefault(line => !prices.ContainsKey(line.ProductId)) is { } unknown)
    {
        return Results.BadRequest(new Problem($"no product {unknown.ProductId}"));
    }
    var total = cart.Lines.Sum(line => line.Quantity * prices[line.ProductId]);
    var id = ((long)(await redis.CallAsync("INCR", "orders:last"))!).ToString(CultureInfo.InvariantCulture);
    var signature = Convert.ToHexString(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{id}:{total}")));
    await redis.CallAsync("HSET", $"order:{id}", "cart", cartId, "total", total.ToString(CultureInfo.InvariantCulture), "signature", signature);
    await carts.DeleteAsync($"/carts/{cartId}");
    return Results.Ok(new Order(id, cartId, total, signature));
});
app.MapGet("/orders/{id}", async (string id) =>
{
    var fields = await redis.HashAsync($"order:{id}");
    return fields.Count == 0
        ? Results.NotFound(new Problem($"no order {id}"))
        : Results.Ok(new Order(id, fields["cart"], int.Parse(fields["total"], CultureInfo.InvariantCulture), fields["signature"]));
});
app.Run();
