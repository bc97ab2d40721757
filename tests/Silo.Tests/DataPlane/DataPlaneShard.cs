using System.Net.Http.Headers;
using System.Text.Json;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;

namespace Cairn.Silo.Tests.DataPlane;

/// <summary>A shard in service, with its requests.</summary>
public sealed class DataPlaneShard(HttpClient http, ShardId id, IVariableGrain grain, Guid incarnation)
{
    private readonly Guid _session = Guid.NewGuid();
    private int _ordinal;

    public ShardId Id => id;

    public IVariableGrain Grain => grain;

    public Guid Incarnation { get; set; } = incarnation;

    public string Stamp { get; set; } = "1.1.0.1";

    public string Path(string part = "value") => $"/v1/models/{id.Model}/shards/{id.Index}/{part}?variable={Uri.EscapeDataString(id.Variable)}";

    public HttpRequestMessage Update(HttpMethod method, string op, HttpContent? body, long offset = 0, string part = "value")
    {
        var request = new HttpRequestMessage(method, $"{Path(part)}&op={op}&offset={offset}") { Content = body };
        request.Headers.Add("Cairn-Incarnation", Incarnation.ToString());
        request.Headers.Add("Cairn-Stamp", Stamp);
        request.Headers.Add("Cairn-Operation", $"{_session}.{Stamp.Split('.')[3]}.{_ordinal++}");
        return request;
    }

    public Task<HttpResponseMessage> PutAsync(byte[] body, string op = "assign", long offset = 0) =>
        http.SendAsync(Update(HttpMethod.Put, op, Body(body), offset));

    public Task<HttpResponseMessage> PostAsync(byte[] body, string op, long offset = 0) => http.SendAsync(Update(HttpMethod.Post, op, Body(body), offset));

    public Task<HttpResponseMessage> GetAsync(string query = "&generation=1", string part = "value", string? stamp = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, Path(part) + query);
        request.Headers.Add("Cairn-Incarnation", Incarnation.ToString());
        if (stamp is not null)
        {
            request.Headers.Add("Cairn-Stamp", stamp);
        }

        return http.SendAsync(request);
    }

    public static ByteArrayContent Body(byte[] bytes)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return content;
    }

    /// <summary>Asserts a refusal and returns what it says.</summary>
    public static async Task<string> RefusedAsync(int status, string code, HttpResponseMessage response)
    {
        using (response)
        {
            string text = await response.Content.ReadAsStringAsync();
            Assert.Equal((status, "application/problem+json"), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType));
            using JsonDocument problem = JsonDocument.Parse(text);
            Assert.Equal(code, problem.RootElement.GetProperty("code").GetString());
            Assert.Equal(status, problem.RootElement.GetProperty("status").GetInt32());
            return problem.RootElement.GetProperty("detail").GetString()!;
        }
    }
}
