using System.Diagnostics;
using ModelBuilderStyle.Workers.Messages;

namespace ModelBuilderStyle.Workers.Tests.Messages;

/// <summary>Files are read below the root and nowhere else.</summary>
[TestClass]
public sealed class RootFolderTests
{
    private const int MaxBytes = 100;

    private readonly TemporaryFolder _folder = new TemporaryFolder()
        .With("secret.png", [9]).With("root/a/b.png", [1, 2, 3]).With("root/empty.png", []).With("root/large.png", new byte[101])
        .With("rooted/c.png", [8]);

    private RootFolder Root => new(_folder["root"], MaxBytes);

    [TestCleanup]
    public void Clean() => _folder.Dispose();

    [TestMethod]
    [DataRow("a/b.png\0.jpg")]
    [DataRow("a\nb.png")]
    public void Read_ControlCharacter_IsSaid(string path)
    {
        var error = Assert.ThrowsExactly<MessageException>(() => Root.Read(path));

        Assert.EndsWith("has a control character, such as a line break; rename the file.", error.Message);
    }

    [TestMethod]
    public void Read_BelowRoot_IsTheFile() => CollectionAssert.AreEqual(new byte[] { 1, 2, 3 }, Root.Read("a/b.png"));

    [TestMethod]
    [DataRow("")]
    [DataRow(".")]
    [DataRow("..")]
    [DataRow("../secret.png")]
    [DataRow("a/../../secret.png")]
    [DataRow("a/../a/b.png")]
    [DataRow("a//b.png")]
    [DataRow("/etc/passwd")]
    [DataRow("../rooted/c.png")]
    public void Read_NotBelowRoot_IsRefused(string path)
    {
        var error = Assert.ThrowsExactly<MessageException>(() => Root.Read(path));

        Assert.EndsWith("is not one below the root folder, such as 'a/b.png'.", error.Message);
    }

    [TestMethod]
    [DataRow("link.png", "../secret.png")]
    [DataRow("out/c.png", null)]
    [DataRow("far.png", "out/../../secret.png")]
    public void Read_LinkThatLeadsOut_IsRefused(string path, string? target)
    {
        Directory.CreateSymbolicLink(_folder["root/out"], _folder["rooted"]);
        if (target is not null)
        {
            File.CreateSymbolicLink(_folder[$"root/{path}"], target);
        }

        var error = Assert.ThrowsExactly<MessageException>(() => Root.Read(path));

        Assert.EndsWith("leads out of the root folder by a link.", error.Message);
    }

    [TestMethod]
    public void Read_LinkWithinRoot_IsFollowed()
    {
        File.CreateSymbolicLink(_folder["root/l.png"], "a/b.png");
        Directory.CreateSymbolicLink(_folder["root/d"], _folder["root/a"]);

        Assert.HasCount(3, Root.Read("l.png"));
        Assert.HasCount(3, Root.Read("d/b.png"));
    }

    [TestMethod]
    public void Read_RootThatIsALink_IsFollowed()
    {
        Directory.CreateSymbolicLink(_folder["linked"], _folder["root"]);

        Assert.HasCount(3, new RootFolder(_folder["linked"], MaxBytes).Read("a/b.png"));
    }

    [TestMethod]
    public void Read_RingOfLinks_IsRefused()
    {
        File.CreateSymbolicLink(_folder["root/x"], "y");
        File.CreateSymbolicLink(_folder["root/y"], "x");

        Assert.ThrowsExactly<MessageException>(() => Root.Read("x"));
    }

    [TestMethod]
    [DataRow("none.png", "There is no file 'none.png' below the root folder.")]
    [DataRow("none/none.png", "There is no file 'none/none.png' below the root folder.")]
    [DataRow("a", "There is no file 'a' below the root folder.")]
    [DataRow("empty.png", "The file 'empty.png' is empty, or no ordinary file.")]
    [DataRow("large.png", "The file 'large.png' has 101 bytes; at most 100 are read.")]
    public void Read_NoUsableFile_SaysWhy(string path, string expected)
    {
        var error = Assert.ThrowsExactly<MessageException>(() => Root.Read(path));

        Assert.AreEqual(expected, error.Message);
    }

    [TestMethod]
    public void Read_Pipe_DoesNotWait()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Inconclusive("There are no such files on Windows.");
        }

        Process.Start("mkfifo", _folder["root/pipe.png"]).WaitForExit();

        Assert.ThrowsExactly<MessageException>(() => Root.Read("pipe.png"));
    }

    [TestMethod]
    public void Read_RootThatHasGone_IsNoFaultOfTheMessage()
    {
        var root = Root;
        Directory.Delete(_folder["root"], recursive: true);

        Assert.ThrowsExactly<IOException>(() => root.Read("a/b.png"));
    }
}
