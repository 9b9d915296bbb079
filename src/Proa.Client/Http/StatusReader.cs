using System.Text.Json;
using Proa.Api.Models;
using Proa.Api.Models.Meta;

namespace Proa.Client.Http;

/// <summary>Reads a refusal.</summary>
internal static class StatusReader
{
    /// <summary>The Status in the body; when a proxy answered something else, one made of the HTTP status.</summary>
    public static Status Of(HttpResponseMessage response, byte[] body)
    {
        if (response.Content.Headers.ContentType?.MediaType == "application/json")
        {
            try
            {
                var status = Model.Read<Status>(body);
                if (status.Kind == "Status")
                {
                    return status.Code is null ? status with { Code = (int)response.StatusCode } : status;
                }
            }
            catch (JsonException)
            {
                // Not a Status after all.
            }
        }
        return new()
        {
            ApiVersion = "v1",
            Kind = "Status",
            StatusValue = "Failure",
            Code = (int)response.StatusCode,
            Message = $"the server answered {(int)response.StatusCode} {response.ReasonPhrase} to {response.RequestMessage?.Method} {response.RequestMessage?.RequestUri?.AbsolutePath}",
        };
    }
}
