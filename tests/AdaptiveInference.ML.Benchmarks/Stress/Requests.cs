using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace AdaptiveInference.ML.Benchmarks.Stress;

/// <summary>What clients send: images, what is none, and what ends before it is whole.</summary>
internal static class Requests
{
    private const int BrokenKinds = 8;

    /// <summary>An image file as the body.</summary>
    public static HttpContent Body(byte[] file)
    {
        var content = new ByteArrayContent(file);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return content;
    }

    /// <summary>Files of one batch.</summary>
    public static MultipartFormDataContent Batch(IEnumerable<byte[]> files)
    {
        var form = new MultipartFormDataContent();
        var number = 0;
        foreach (var file in files)
        {
            form.Add(Body(file), "files", $"{number++}.png");
        }

        return form;
    }

    /// <summary>A request that has no answer but an error of the client's.</summary>
    public static HttpRequestMessage Broken(Random random, byte[] image)
    {
        var garbage = new byte[random.Next(1, 5000)];
        random.NextBytes(garbage);
        return random.Next(BrokenKinds) switch
        {
            0 => Post("predict", Body(garbage)),
            1 => Post("predict", Body(image[..random.Next(1, image.Length / 2)])),
            2 => Post("predict", Body([])),
            3 => Post("predict", Body(Bomb(image))),
            4 => Post("predict?computeBudget=much", Body(image)),
            5 => Post("predict/batch", Batch([image, garbage])),
            6 => Post("v2/models/none/infer", new StringContent("{\"inputs\": [", Encoding.UTF8, "application/json")),
            _ => Post("predict/nothing", Body(image)),
        };
    }

    /// <summary>Begins a request and closes the connection in the middle of its body.</summary>
    public static async Task HangUpAsync(Uri address, Random random, byte[] image)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(address.Host, address.Port);
        var head = $"POST /predict HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: application/octet-stream\r\n"
            + $"Content-Length: {image.Length}\r\n\r\n";
        await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head));
        await socket.GetStream().WriteAsync(image.AsMemory(0, random.Next(image.Length)));
        socket.LingerState = new LingerOption(random.Next(2) == 0, 0);
    }

    private static HttpRequestMessage Post(string path, HttpContent content) => new(HttpMethod.Post, path) { Content = content };

    // A PNG whose header says that it is a gigapixel.
    private static byte[] Bomb(byte[] image)
    {
        const int Width = 16, Height = 20;
        var bomb = image.ToArray();
        if (bomb.Length > Height + sizeof(int))
        {
            (bomb[Width], bomb[Width + 1], bomb[Height], bomb[Height + 1]) = (0, 1, 0, 1);
        }

        return bomb;
    }
}
