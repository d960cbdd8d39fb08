using AdaptiveInference.ML.LibTorch;

namespace AdaptiveInference.ML.Tests.LibTorch;

[TestClass]
public sealed class NativeFoldersTests
{
    [TestMethod]
    public void List_DepsFileAndApplication_SearchesTheDepsFileFirstAndNamesEachFolderOnce()
    {
        var listed = string.Join(Path.PathSeparator, "/packages/a/native/", "/app/", "");

        var folders = NativeFolders.List(listed, "/app/", "/app", "linux-x64").ToArray();

        var below = Path.Combine("runtimes", "linux-x64", "native");
        CollectionAssert.AreEqual(new[] { "/packages/a/native", "/app", Path.Combine("/app", below) }, folders);
    }

    [TestMethod]
    public void List_SingleFileApplication_NeedsNoAssemblyFolder()
        => Assert.HasCount(2, NativeFolders.List("", "/app", "", "linux-x64").ToArray());

    [TestMethod]
    public void Find_LibraryOfThePackage_IsThere()
        => Assert.IsTrue(File.Exists(NativeFolders.Find(NativeFolders.FileName("torch_cpu"))));

    [TestMethod]
    public void Find_UnknownLibrary_IsNull()
        => Assert.IsNull(NativeFolders.Find(NativeFolders.FileName("no_such_library")));
}
