using AdaptiveInference.ML.Training.Data;

namespace AdaptiveInference.ML.Tests.Training.Data;

[TestClass]
public sealed class RecordStoreTests
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    [TestCleanup]
    public void DeleteFolder() => _folder.Delete(recursive: true);

    [TestMethod]
    [DataRow(1 << 20, false)]
    [DataRow(100, true)]
    [DataRow(0, true)]
    public void Read_AnyMemoryLimit_GivesWhatWasAppended(int memoryLimit, bool onDisk)
    {
        using var store = new RecordStore(16, memoryLimit, _folder.FullName);
        for (var i = 0; i < 50; i++)
        {
            store.Append(Record(i));
        }

        store.Complete();
        Assert.AreEqual(onDisk, store.IsOnDisk);
        Parallel.For(0, 50, i =>
        {
            var read = new byte[16];
            store.Read(i, read);
            CollectionAssert.AreEqual(Record(i), read);
        });
    }

    [TestMethod]
    public void Dispose_RecordsOnDisk_LeavesNoFile()
    {
        var store = new RecordStore(16, 0, _folder.FullName);
        store.Append(Record(1));
        store.Complete();
        Assert.HasCount(1, _folder.GetFiles());
        store.Dispose();
        Assert.IsEmpty(_folder.GetFiles());
    }

    private static byte[] Record(int number) => [.. Enumerable.Range(0, 16).Select(i => (byte)((number * 7) + i))];
}
