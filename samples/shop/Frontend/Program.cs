using System.Net;
using System.Text;
using Shop;

// The only service with a NodePort: it calls the others by their DNS names.
var catalog = Upstream.Client("CATALOG_URL");
var carts = Upstream.Client("CART_URL");
var orders = Upstream.Client("ORDERS_URL");

var app = ShopApp.Create(args);
app.MapGet("/", async () => Results.Text(Page((await catalog.GetFromJsonAsync("/products", ShopJson.Default.CatalogPage))!), "text/html"));
app.MapGet("/api/products", () => Relay(catalog.GetAsync("/products")));
app.MapGet("/api/carts/{id}", (string id) => Relay(carts.GetAsync($"/carts/{id}")));
app.MapPost("/api/carts/{id}", (string id, CartLine line) => Relay(carts.PostAsJsonAsync($"/carts/{id}", line, ShopJson.Default.CartLine)));
app.MapPost("/api/orders/{cartId}", (string cartId) => Relay(orders.PostAsync($"/orders/{cartId}", null)));
app.MapGet("/api/orders/{id}", (string id) => Relay(orders.GetAsync($"/orders/{id}")));
app.Run();

static async Task<IResult> Relay(Task<HttpResponseMessage> call)
{
    using var response = await call;
    return Results.Text(await response.Content.ReadAsStringAsync(), "application/json", Encoding.UTF8, (int)response.StatusCode);
}

static string Page(CatalogPage page)
{
    var rows = page.Products.Select(p => $"<tr><td>{WebUtility.HtmlEncode(p.Name)}</td><td>{p.PriceCents / 100.0:0.00}</td></tr>");
    return $"""
        <!doctype html>
        <title>Shop</title>
        <h1>Shop</h1>
        <p>Catalog {WebUtility.HtmlEncode(page.Version)}</p>
        <table>{string.Concat(rows)}</table>
        """;
}
