using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelBuilderStyle.WebApi.Tests.Page;

/// <summary>A Chromium without a window, steered through its DevTools protocol.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly DirectoryInfo _profile;
    private readonly ClientWebSocket _socket = new();
    private int _lastId;

    private Browser(Process process, DirectoryInfo profile)
    {
        _process = process;
        _profile = profile;
    }

    /// <summary>What the page complained about: errors of scripts, blocked or missing files.</summary>
    public List<string> Complaints { get; } = [];

    /// <summary>The browser's program, or null where there is none.</summary>
    public static string? Find()
    {
        string[] names = OperatingSystem.IsWindows()
            ? ["chrome.exe", "msedge.exe"]
            : ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"];
        IEnumerable<string> folders =
        [
            .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
            .. new[] { Environment.SpecialFolder.ProgramFiles, Environment.SpecialFolder.ProgramFilesX86 }
                .Select(Environment.GetFolderPath)
                .SelectMany(programs => new[] { @"Google\Chrome\Application", @"Microsoft\Edge\Application" }
                    .Select(app => Path.Combine(programs, app))),
        ];
        return folders.SelectMany(folder => names.Select(name => Path.Combine(folder, name)))
            .Append("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
            .FirstOrDefault(File.Exists);
    }

    public static async Task<Browser> StartAsync(string program)
    {
        var profile = Directory.CreateTempSubdirectory("browser");
        var start = new ProcessStartInfo(program) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])
            ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-port=0",
            $"--user-data-dir={profile.FullName}", "about:blank"])
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var browser = new Browser(process, profile);
        try
        {
            await browser.ConnectAsync();
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a page in place of the one that is open.</summary>
    public async Task OpenAsync(string address)
    {
        await EvaluateAsync("document.left = true");
        Complaints.Clear();
        await SendAsync("Page.navigate", new JsonObject { ["url"] = address });
        await WaitAsync("!document.left && document.readyState === 'complete'");
    }

    /// <summary>The value of an expression in the page.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression)
    {
        var answer = await SendAsync(
            "Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true });
        return answer["exceptionDetails"] is { } details
            ? throw new InvalidOperationException(details.ToJsonString())
            : answer["result"]!["value"];
    }

    /// <summary>Waits until an expression is true.</summary>
    public async Task WaitAsync(string expression)
    {
        var start = Stopwatch.GetTimestamp();
        while ((await EvaluateAsync(expression))?.GetValue<bool>() != true)
        {
            Assert.IsLessThan(
                Patience, Stopwatch.GetElapsedTime(start), $"{expression} did not become true. {string.Join(" ", Complaints)}");
            await Task.Delay(50);
        }
    }

    public async Task ChooseFilesAsync(string selector, params string[] files)
    {
        var document = await SendAsync("DOM.getDocument", []);
        var input = await SendAsync(
            "DOM.querySelector", new JsonObject { ["nodeId"] = document["root"]!["nodeId"]!.GetValue<int>(), ["selector"] = selector });
        await SendAsync("DOM.setFileInputFiles", new JsonObject
        {
            ["nodeId"] = input["nodeId"]!.GetValue<int>(), ["files"] = new JsonArray([.. files.Select(file => JsonValue.Create(file))]),
        });
    }

    public async Task<byte[]> ScreenshotAsync()
        => Convert.FromBase64String(
            (await SendAsync("Page.captureScreenshot", new JsonObject { ["captureBeyondViewport"] = true }))["data"]!.GetValue<string>());

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        try
        {
            _profile.Delete(recursive: true);
        }
        catch (IOException)
        {
            // A helper process of the browser may still be writing; the folder is in the system's temporary one.
        }
    }

    public async Task ResizeAsync(int width, int height, bool dark)
    {
        await SendAsync("Emulation.setDeviceMetricsOverride", new JsonObject
        {
            ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = width < 600,
        });
        await SendAsync("Emulation.setEmulatedMedia", new JsonObject
        {
            ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" }),
        });
    }

    private async Task ConnectAsync()
    {
        // The browser writes the port that it chose into this file.
        var file = Path.Combine(_profile.FullName, "DevToolsActivePort");
        var start = Stopwatch.GetTimestamp();
        while (!File.Exists(file) || File.ReadAllLines(file).Length < 2)
        {
            Assert.IsFalse(_process.HasExited, "The browser ended.");
            Assert.IsLessThan(Patience, Stopwatch.GetElapsedTime(start), "The browser did not start.");
            await Task.Delay(50);
        }

        using var client = new HttpClient();
        var targets = await client.GetFromJsonAsync<JsonArray>($"http://127.0.0.1:{File.ReadAllLines(file)[0]}/json/list");
        var page = targets!.First(target => target!["type"]!.GetValue<string>() == "page")!;
        using var patience = new CancellationTokenSource(Patience);
        await _socket.ConnectAsync(new Uri(page["webSocketDebuggerUrl"]!.GetValue<string>()), patience.Token);
        foreach (var domain in (string[])["Page", "Runtime", "Log", "DOM"])
        {
            await SendAsync($"{domain}.enable", []);
        }
    }

    private async Task<JsonNode> SendAsync(string method, JsonObject parameters)
    {
        using var patience = new CancellationTokenSource(Patience);
        var id = ++_lastId;
        var command = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(command), WebSocketMessageType.Text, true, patience.Token);
        while (true)
        {
            var message = await ReceiveAsync(patience.Token);
            if (message["id"]?.GetValue<int>() == id)
            {
                return message["result"] ?? throw new InvalidOperationException($"{method}: {message["error"]?.ToJsonString()}");
            }

            Note(message);
        }
    }

    private void Note(JsonNode message)
    {
        var parameters = message["params"];
        switch (message["method"]?.GetValue<string>())
        {
            case "Runtime.exceptionThrown":
                Complaints.Add(parameters!["exceptionDetails"]!.ToJsonString());
                break;
            case "Log.entryAdded" when parameters!["entry"]!["level"]!.GetValue<string>() == "error":
                Complaints.Add(parameters["entry"]!.ToJsonString());
                break;
        }
    }

    private async Task<JsonNode> ReceiveAsync(CancellationToken cancellation)
    {
        using var whole = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var part = await _socket.ReceiveAsync(buffer, cancellation);
            whole.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                return JsonNode.Parse(whole.ToArray())!;
            }
        }
    }
}
