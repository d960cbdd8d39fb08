namespace ModelBuilderStyle.WebApi.Tests.Page;

/// <summary>
/// The page in a real browser. With the environment variable <c>PAGE_SCREENSHOTS</c> set to a folder, pictures of it are saved there.
/// </summary>
[TestClass]
public sealed class PageTests : ApiTests
{
    private const string Cards = "document.querySelectorAll('.card')";

    private static readonly string? Program = Browser.Find();
    private static readonly string? Screenshots = Environment.GetEnvironmentVariable("PAGE_SCREENSHOTS");

    // Starting a browser takes longer than all tests.
    private static Browser? _browser;

    [ClassCleanup]
    public static async Task CloseAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }
    }

    [TestMethod]
    public async Task Page_ChosenImages_ShowsAnswersPathsAndProblems()
    {
        var browser = await OpenAsync();
        using var folder = new ImageFolder();
        var image = Images.Picture(3);
        var expected = await Api.PredictAsync(ApiHost.Body(image));

        await browser.ChooseFilesAsync("#file", folder.Write("good.png", image), folder.Write("half.png", Images.FirstHalf(image)));
        await browser.WaitAsync($"{Cards}.length === 2 && {Cards}[0].classList.contains('wrong')");

        Assert.AreEqual(expected.Label, await TextAsync(browser, $"{Cards}[1].querySelector('.label').textContent"));
        Assert.AreEqual(
            string.Join(" ", expected.Path.Select(step => step.Ran)).ToLowerInvariant(),
            await TextAsync(
                browser, $"[...{Cards}[1].querySelectorAll('.block')].map(block => block.classList.contains('ran')).join(' ')"));
        Assert.StartsWith(
            $"{expected.Path.Count(step => step.Ran)} of {expected.Path.Count} blocks ran: ",
            await TextAsync(browser, $"{Cards}[1].querySelector('.blocks').getAttribute('aria-label')"));
        Assert.MatchesRegex(
            @"^\d of 9 blocks, \d+% of the full network's work, [\d.]+ ms$",
            await TextAsync(browser, $"{Cards}[1].querySelector('.cost').textContent"));
        Assert.AreEqual(
            string.Join("|", expected.Scores.Take(5).Select(score => score.Label)),
            await TextAsync(browser, $"[...{Cards}[1].querySelectorAll('.score .class')].map(name => name.textContent).join('|')"));
        Assert.MatchesRegex("damaged or incomplete", await TextAsync(browser, $"{Cards}[0].querySelector('.label').textContent"));
        Assert.MatchesRegex("damaged or incomplete", await TextAsync(browser, "document.querySelector('[role=status]').textContent"));

        // The refused image is the one complaint: nothing is blocked by the content policy, nothing is missing, no script fails.
        Assert.IsTrue(
            browser.Complaints.All(complaint => complaint.Contains("422", StringComparison.Ordinal)), string.Join(" ", browser.Complaints));
    }

    [TestMethod]
    public async Task Page_DroppedImage_IsClassified()
    {
        var browser = await OpenAsync();
        var image = Images.Picture(5);

        await browser.EvaluateAsync(
            "(() => { const bytes = Uint8Array.from(atob('" + Convert.ToBase64String(image) + "'), letter => letter.charCodeAt(0));"
            + "const dropped = new DataTransfer(); dropped.items.add(new File([bytes], 'dropped.png', { type: 'image/png' }));"
            + "document.getElementById('drop').dispatchEvent(new DragEvent('drop', { dataTransfer: dropped, bubbles: true, cancelable: "
            + "true })); })()");
        await browser.WaitAsync($"{Cards}.length === 1 && {Cards}[0].querySelectorAll('.score').length > 0");

        Assert.AreEqual(
            (await Api.PredictAsync(ApiHost.Body(image))).Label,
            await TextAsync(browser, $"{Cards}[0].querySelector('.label').textContent"));
        Assert.IsEmpty(browser.Complaints, string.Join(" ", browser.Complaints));
    }

    [TestMethod]
    [DataRow(360, 740, false)]
    [DataRow(360, 740, true)]
    [DataRow(1200, 900, false)]
    [DataRow(1200, 900, true)]
    public async Task Page_AnyWidthAndColourScheme_FitsAndHasContrast(int width, int height, bool dark)
    {
        var browser = await OpenAsync();
        using var folder = new ImageFolder();
        await browser.ResizeAsync(width, height, dark);

        await browser.ChooseFilesAsync(
            "#file", folder.Write("a-file-with-a-rather-long-name-that-must-not-widen-the-page.png", Images.Picture(3)),
            folder.Write("b.png", Images.Picture(7)));
        await browser.WaitAsync($"{Cards}.length === 2 && document.querySelectorAll('.score').length === 10");

        Assert.IsTrue(
            (await browser.EvaluateAsync("document.documentElement.scrollWidth <= innerWidth"))!.GetValue<bool>(),
            "The page is wider than the window.");
        foreach (var selector in (string[])["body", ".quiet", ".drop-title", ".score span"])
        {
            Assert.IsGreaterThanOrEqualTo(4.5, await ContrastAsync(browser, selector), selector);
        }

        if (Screenshots is not null)
        {
            await File.WriteAllBytesAsync(
                Path.Combine(Directory.CreateDirectory(Screenshots).FullName, $"page-{width}-{(dark ? "dark" : "light")}.png"),
                await browser.ScreenshotAsync());
        }
    }

    private static async Task<Browser> OpenAsync()
    {
        if (Program is null)
        {
            Assert.Inconclusive("No Chromium, Chrome or Edge was found: the page was not looked at in a browser.");
        }

        _browser ??= await Browser.StartAsync(Program);
        await _browser.OpenAsync(Api.Client.BaseAddress!.ToString());
        await _browser.WaitAsync("document.getElementById('model').textContent.startsWith('SkipNet-20, 9 blocks, 10 classes')");
        return _browser;
    }

    private static async Task<string> TextAsync(Browser browser, string expression)
        => (await browser.EvaluateAsync(expression))!.GetValue<string>();

    /// <summary>Contrast of text with the card or page behind it, as WCAG 2 defines it.</summary>
    private static async Task<double> ContrastAsync(Browser browser, string selector) => (await browser.EvaluateAsync(
        $$"""
        (() => {
          const light = colour => {
            const [r, g, b] = colour.match(/[\d.]+/g).slice(0, 3).map(value => value / 255)
              .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const text = document.querySelector('{{selector}}');
          const bar = text.parentElement.querySelector(':scope > .bar');
          let behind = bar ?? text;
          while (getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
          const [a, b] = [light(getComputedStyle(text).color), light(getComputedStyle(behind).backgroundColor)].sort((x, y) => y - x);
          return (a + 0.05) / (b + 0.05);
        })()
        """))!.GetValue<double>();
}
