using System.Text.Json;
using Shop;

// Products come from a file that a ConfigMap mounts; the version, from the environment, shows which rollout answered.
var products = JsonSerializer.Deserialize(File.ReadAllBytes(ShopApp.Require("CATALOG_FILE")), ShopJson.Default.ProductArray)!;
var version = ShopApp.Require("CATALOG_VERSION");

var app = ShopApp.Create(args);
app.MapGet("/products", () => new CatalogPage(version, products));
app.MapGet("/products/{id}", (string id) => Array.Find(products, product => product.Id == id) is { } product
    ? Results.Ok(product)
    : Results.NotFound(new Problem($"no product {id}")));
app.Run();
