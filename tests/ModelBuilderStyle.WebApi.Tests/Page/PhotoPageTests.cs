using SkiaSharp;

namespace ModelBuilderStyle.WebApi.Tests.Page;

/// <summary>The page with what the sample makes of a pretrained network: small colour pictures.</summary>
[TestClass]
public sealed class PhotoPageTests
{
    private const string FirstPixel = """
        (() => {
          const canvas = document.createElement('canvas');
          canvas.width = canvas.height = 1;
          const context = canvas.getContext('2d');
          context.drawImage(document.querySelector('.card img'), 0, 0, 1, 1, 0, 0, 1, 1);
          return [...context.getImageData(0, 0, 1, 1).data].join(' ');
        })()
        """;

    [TestMethod]
    public async Task Page_ColourPicture_IsShownInItsColoursWithItsClass()
    {
        if (Browser.Find() is not { } program)
        {
            Assert.Inconclusive("No Chromium, Chrome or Edge was found: the page was not looked at in a browser.");
            return;
        }

        using var model = TestModel.OfPhotos();
        await using var api = await ApiHost.StartAsync(model);
        await using var browser = await Browser.StartAsync(program);
        using var folder = new ImageFolder();
        var picture = Images.Picture(60, side: 64, colour: SKColors.Red);
        using var decoded = SKBitmap.Decode(picture);
        var pixel = decoded.GetPixel(0, 0);

        await browser.OpenAsync(api.Client.BaseAddress!.ToString());
        await browser.WaitAsync("document.getElementById('model').textContent.endsWith('2 classes: blue, red')");
        await browser.ChooseFilesAsync("#file", folder.Write("red.png", picture));
        await browser.WaitAsync("document.querySelectorAll('.score').length === 2 && document.querySelector('.card img').complete");

        Assert.AreEqual("red", await TextAsync(browser, "document.querySelector('.card .label').textContent"));
        Assert.AreEqual($"{pixel.Red} {pixel.Green} {pixel.Blue} 255", await TextAsync(browser, FirstPixel));
        Assert.IsEmpty(browser.Complaints, string.Join(" ", browser.Complaints));
    }

    private static async Task<string> TextAsync(Browser browser, string expression)
        => (await browser.EvaluateAsync(expression))!.GetValue<string>();
}
