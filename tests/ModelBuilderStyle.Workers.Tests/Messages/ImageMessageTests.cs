using System.Text;
using ModelBuilderStyle.Workers.Messages;

namespace ModelBuilderStyle.Workers.Tests.Messages;

/// <summary>Messages as strangers write them.</summary>
[TestClass]
public sealed class ImageMessageTests
{
    private static readonly WorkerSettings Settings = new() { MaxPaths = 3, MaxImageBytes = 10 };

    [TestMethod]
    public void Read_Paths_AreSourcesInOrderWithoutRepetition()
    {
        var images = ImageMessage.Read(
            "Application/JSON; charset=utf-8", ImageMessage.Write(["a/b.png", "ü.jpg", "a/b.png"]), "", Settings);

        CollectionAssert.AreEqual(new[] { "a/b.png", "ü.jpg" }, images.Select(image => image.Name).ToArray());
        Assert.IsTrue(images.All(image => image.Bytes is null));
    }

    [TestMethod]
    [DataRow("image/png")]
    [DataRow("application/octet-stream")]
    public void Read_Bytes_AreOneImageOfTheSendersName(string type)
    {
        var image = ImageMessage.Read(type, new byte[] { 1, 2 }, "a\nname", Settings).Single();

        Assert.AreEqual("a?name", image.Name);
        CollectionAssert.AreEqual(new byte[] { 1, 2 }, image.Bytes!.Value.ToArray());
    }

    [TestMethod]
    [DataRow("{\"paths\": []}", "A message must have 1 to 3 paths, got 0.")]
    [DataRow("{\"paths\": [\"a\", \"b\", \"c\", \"d\"]}", "A message must have 1 to 3 paths, got 4.")]
    [DataRow("{\"paths\": [null]}", "A path must have at most 1024 bytes.")]
    [DataRow("{}", "at line 1")]
    [DataRow("", "at line 1")]
    [DataRow("null", "got 0")]
    [DataRow("[\"a\"]", "at line 1")]
    [DataRow("{\"paths\": [\"a\"], \"more\": 1}", "at line 1")]
    [DataRow("{\"paths\": [\"a\"], \"paths\": [\"b\"]}", "at line 1")]
    [DataRow("{\"paths\": [[[[[[\"a\"]]]]]]}", "at line 1")]
    [DataRow("{\"paths\": [\"\\ud800\"]}", "at line 1")]
    public void Read_NoPaths_SaysWhatIsExpected(string body, string expected)
    {
        var error = Assert.ThrowsExactly<MessageException>(
            () => ImageMessage.Read("application/json", Encoding.UTF8.GetBytes(body), "", Settings));

        Assert.Contains(expected, error.Message);
    }

    [TestMethod]
    public void Read_LongPath_IsRefused()
    {
        // 513 letters of two bytes each.
        var body = ImageMessage.Write([new string('ü', 513)]);

        Assert.ThrowsExactly<MessageException>(() => ImageMessage.Read("application/json", body, "", Settings));
        Assert.HasCount(1, ImageMessage.Read("application/json", ImageMessage.Write([new string('ü', 512)]), "", Settings));
    }

    [TestMethod]
    public void Read_HugeBody_IsRefusedUnread()
    {
        var error = Assert.ThrowsExactly<MessageException>(
            () => ImageMessage.Read("application/json", new byte[(3 * 6 * 1024) + 1], "", Settings));

        Assert.AreEqual("The list of paths has 18433 bytes: too many for 3 paths.", error.Message);
    }

    [TestMethod]
    public void Read_LargeImage_IsRefused()
    {
        var error = Assert.ThrowsExactly<MessageException>(() => ImageMessage.Read("image/png", new byte[11], "", Settings));

        Assert.AreEqual("The image has 11 bytes; at most 10 are read.", error.Message);
    }

    [TestMethod]
    [DataRow(null, "''")]
    [DataRow("text/\u0007plain", "'text/?plain'")]
    public void Read_AnotherType_IsRefused(string? type, string shown)
    {
        var error = Assert.ThrowsExactly<MessageException>(() => ImageMessage.Read(type, new byte[1], "", Settings));

        Assert.EndsWith($"got {shown}.", error.Message);
    }
}
