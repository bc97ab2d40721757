using System.Net;

namespace Cairn.Storage.Tests.AzureBlobs;

/// <summary>A network that answers every request with one status, and remembers the names of the headers that each brought.</summary>
internal sealed class AnsweringHandler(HttpStatusCode status) : HttpMessageHandler
{
    public List<string[]> Requests { get; } = [];

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests.Add([.. request.Headers.Concat(request.Content!.Headers).Select(header => header.Key)]);
        return Task.FromResult(new HttpResponseMessage(status) { RequestMessage = request, Content = new ByteArrayContent([]) });
    }
}
