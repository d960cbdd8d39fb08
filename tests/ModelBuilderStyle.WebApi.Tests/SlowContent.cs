using System.Net;
using System.Net.Http.Headers;

namespace ModelBuilderStyle.WebApi.Tests;

/// <summary>An image whose second half is sent when the test says so.</summary>
internal sealed class SlowContent : HttpContent
{
    private readonly byte[] _image;
    private readonly TaskCompletionSource _started = new();
    private readonly TaskCompletionSource _finish = new();

    public SlowContent(byte[] image)
    {
        _image = image;
        Headers.ContentType = new MediaTypeHeaderValue("image/png");
    }

    /// <summary>Ends when the first half is on its way.</summary>
    public Task Started => _started.Task;

    public void Finish() => _finish.SetResult();

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await stream.WriteAsync(_image.AsMemory(0, _image.Length / 2));
        await stream.FlushAsync();
        _started.SetResult();
        await _finish.Task;
        await stream.WriteAsync(_image.AsMemory(_image.Length / 2));
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _image.Length;
        return true;
    }
}
