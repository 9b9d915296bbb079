using System.Text.Json.Serialization;

namespace Shop;

internal sealed record Product(string Id, string Name, int PriceCents);

internal sealed record CatalogPage(string Version, Product[] Products);

internal sealed record CartLine(string ProductId, int Quantity);

internal sealed record CartView(string Id, CartLine[] Lines);

internal sealed record Order(string Id, string CartId, int TotalCents, string Signature);

internal sealed record Problem(string Error);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Product[]))]
[JsonSerializable(typeof(CatalogPage))]
[JsonSerializable(typeof(CartLine))]
[JsonSerializable(typeof(CartView))]
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(Problem))]
internal sealed partial class ShopJson : JsonSerializerContext;
