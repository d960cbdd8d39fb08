using System.Diagnostics;
using System.Text;
using AdaptiveInference.ML.Transforms.Files;

namespace AdaptiveInference.ML.Transforms.Tests.Files;

[TestClass]
public sealed class AtomicFileTests
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    [TestCleanup]
    public void DeleteFolder() => _folder.Delete(recursive: true);

    [TestMethod]
    public void Write_NewAndOldFile_HoldsTheContentAlone()
    {
        Write(In("file"), "a longer text");
        Write(In("file"), "short");
        Assert.AreEqual("short", File.ReadAllText(In("file")));
        Assert.HasCount(1, _folder.GetFileSystemInfos());
    }

    [TestMethod]
    public void Write_Fails_LeavesTheOldFileAndNothingElse()
    {
        Write(In("file"), "old");
        var error = Assert.ThrowsExactly<NotSupportedException>(() => AtomicFile.Write(In("file"), stream =>
        {
            stream.Write(new byte[100]);
            throw new NotSupportedException("mine");
        }));
        Assert.AreEqual("mine", error.Message);
        Assert.AreEqual("old", File.ReadAllText(In("file")));
        Assert.HasCount(1, _folder.GetFileSystemInfos());
    }

    [TestMethod]
    public void Write_ProtectedFile_IsNotReplaced()
    {
        Write(In("file"), "old");
        File.SetAttributes(In("file"), FileAttributes.ReadOnly);
        if (Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows())
        {
            Assert.Inconclusive("Root may write every file.");
        }

        Assert.ThrowsExactly<UnauthorizedAccessException>(() => Write(In("file"), "new"));
        Assert.AreEqual("old", File.ReadAllText(In("file")));
        File.SetAttributes(In("file"), FileAttributes.Normal);
    }

    [TestMethod]
    public void Write_FolderThatTakesNoFiles_SaysSo()
    {
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess)
        {
            Assert.Inconclusive("Root may write into every folder, and Windows has other permissions.");
        }

        var folder = Directory.CreateDirectory(In("closed"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.AreEqual(
            $"'{In("closed/file")}' cannot be written: folder '{folder.FullName}' takes no new files, and a file is first written "
            + "beside its place. Choose another folder.",
            Assert.ThrowsExactly<UnauthorizedAccessException>(() => Write(In("closed/file"), "")).Message);
    }

    [TestMethod]
    public void Write_NoSuchFolder_SaysSo()
        => Assert.AreEqual(
            $"'{In("none/file")}' cannot be written: there is no folder '{In("none")}'. Make the folder, or choose another.",
            Assert.ThrowsExactly<DirectoryNotFoundException>(() => Write(In("none/file"), "")).Message);

    [TestMethod]
    [DataRow("folder")]
    [DataRow("folder/")]
    [DataRow("link")]
    [DataRow("none/")]
    public void Write_Folder_SaysSo(string name)
    {
        Directory.CreateDirectory(In("folder"));
        Link("link", "folder");
        var error = Assert.ThrowsExactly<IOException>(() => Write(_folder.FullName + "/" + name, ""));
        Assert.AreEqual($"'{_folder.FullName}/{name}' cannot be written: it is a folder. Give the path of a file.", error.Message);
    }

    [TestMethod]
    public void Write_ChainOfLinks_KeepsThemAndWritesTheTarget()
    {
        Directory.CreateDirectory(In("a/b"));
        Directory.CreateDirectory(In("c"));
        File.WriteAllText(In("c/target"), "old");
        Link("first", "a/second");
        Link("a/second", In("a/b/third"));
        Link("a/b/third", "../../c/target");
        Write(In("first"), "new");
        Assert.AreEqual("new", File.ReadAllText(In("c/target")));
        Assert.AreEqual("a/second", new FileInfo(In("first")).LinkTarget);
        Assert.AreEqual(In("a/b/third"), new FileInfo(In("a/second")).LinkTarget);
        Assert.AreEqual("../../c/target", new FileInfo(In("a/b/third")).LinkTarget);
        CollectionAssert.AreEquivalent((string[])["target"], Directory.GetFileSystemEntries(In("c")).Select(Path.GetFileName).ToArray());
    }

    [TestMethod]
    public void Write_LinkInALinkedFolder_GoesUpFromWhereTheFolderIs()
    {
        Directory.CreateDirectory(In("deep/folder"));
        Link("shortcut", "deep/folder");
        Link("deep/folder/link", "../target");
        Write(In("shortcut/link"), "new");
        Assert.AreEqual("new", File.ReadAllText(In("deep/target")));
        Assert.IsFalse(File.Exists(In("target")), "this is where the text alone would lead");
    }

    [TestMethod]
    public void Write_LinkToNothing_MakesItsTarget()
    {
        Link("link", "target");
        Write(In("link"), "new");
        Assert.AreEqual("new", File.ReadAllText(In("target")));
        Assert.AreEqual("target", new FileInfo(In("link")).LinkTarget);
    }

    [TestMethod]
    public void Write_LinkIntoNoFolder_NamesTheFolder()
    {
        Link("link", "none/target");
        Assert.AreEqual(
            $"'{In("link")}' cannot be written: there is no folder '{In("none")}'. Make the folder, or choose another.",
            Assert.ThrowsExactly<DirectoryNotFoundException>(() => Write(In("link"), "")).Message);
    }

    [TestMethod]
    public void Write_LinksInACircle_SaysSo()
    {
        Link("first", "second");
        Link("second", "first");
        Assert.AreEqual(
            $"'{In("first")}' cannot be written: its symbolic links lead in a circle, or there are more than 40. Let the link lead to "
            + "a file, or delete it.",
            Assert.ThrowsExactly<IOException>(() => Write(In("first"), "")).Message);
        Assert.HasCount(2, _folder.GetFileSystemInfos());
    }

    [TestMethod]
    [DataRow(0b110_000_000)]
    [DataRow(0b110_110_110)]
    [DataRow(0b110_100_101)]
    public void Write_OldFile_PassesOnItsPermissions(int permissions)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Inconclusive("Windows has no such permissions.");
        }

        File.WriteAllText(In("file"), "old");
        File.SetUnixFileMode(In("file"), (UnixFileMode)permissions);
        Write(In("file"), "new");
        Assert.AreEqual("new", File.ReadAllText(In("file")));
        Assert.AreEqual((UnixFileMode)permissions, File.GetUnixFileMode(In("file")));
    }

    [TestMethod]
    [DataRow("/dev/null")]
    [DataRow("link")]
    public void Write_Device_IsStillADevice(string path)
    {
        OnLinuxOnly();
        Link("link", "/dev/null");
        Write(Path.Combine(_folder.FullName, path), "text");
        Assert.IsTrue(SpecialFile.Is("/dev/null"));
        Assert.AreEqual("/dev/null", new FileInfo(In("link")).LinkTarget);
        Assert.HasCount(1, _folder.GetFileSystemInfos());
    }

    [TestMethod]
    public async Task Write_Pipe_ReachesItsReader()
    {
        OnLinuxOnly();
        using (var make = Process.Start("mkfifo", In("pipe")))
        {
            await make.WaitForExitAsync();
        }

        var read = Task.Run(() => File.ReadAllText(In("pipe")));
        Write(In("pipe"), "through a pipe");
        Assert.AreEqual("through a pipe", await read);
        Assert.IsTrue(SpecialFile.Is(In("pipe")));
    }

    [TestMethod]
    public void Write_OpenFileOfThisProcess_WritesIntoIt()
    {
        OnLinuxOnly();
        using var open = new FileStream(In("open"), FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var number = open.SafeFileHandle.DangerousGetHandle();
        Write($"/proc/self/fd/{number}", "text");
        Assert.AreEqual(4, open.Length, "the file that is open, and not another one of its name");
    }

    [TestMethod]
    public void DeleteLeftovers_KilledWriter_LeavesTheRest()
    {
        foreach (var name in (string[])["file.abc.tmp", "file", "files.abc.tmp", "file.abc", "other.tmp"])
        {
            File.WriteAllText(In(name), "");
        }

        AtomicFile.DeleteLeftovers(In("file"));
        CollectionAssert.AreEquivalent(
            (string[])["file", "files.abc.tmp", "file.abc", "other.tmp"], _folder.GetFiles().Select(file => file.Name).ToArray());
    }

    private static void Write(string path, string text) => AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    private static void OnLinuxOnly()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Inconclusive("This is what Linux does.");
        }
    }

    private string In(string name) => Path.Combine(_folder.FullName, name);

    private void Link(string name, string target) => File.CreateSymbolicLink(In(name), target);
}
