namespace ModelBuilderStyle.WebApi.Tests;

[TestClass]
public sealed class UploadMemoryLimitTests
{
    private const string Full = "The images of other requests take all the memory that there is for them. Try again in a second.";

    [TestMethod]
    public async Task Add_NoRoom_TheLargestGivesWay()
    {
        var held = new UploadMemoryLimit(100);
        using var large = held.Open(default);
        using var middle = held.Open(default);
        using var small = held.Open(default);
        large.Add(60);
        middle.Add(40);
        var waiting = large.RunAsync(async () =>
        {
            await Task.Delay(Timeout.Infinite, large.Stopped);
            return 0;
        });

        small.Add(1);

        Assert.AreEqual(41, held.Total);
        Assert.IsFalse(middle.Stopped.IsCancellationRequested);
        var refused = await Assert.ThrowsExactlyAsync<RequestProblem>(() => waiting);
        Assert.AreEqual(503, refused.Status);
        Assert.AreEqual(Full, refused.Message);
    }

    [TestMethod]
    public void Add_NoRoomForTheLargestItself_IsRefused()
    {
        var held = new UploadMemoryLimit(100);
        using var large = held.Open(default);
        using var small = held.Open(default);
        small.Add(40);
        large.Add(60);

        Assert.AreEqual(Full, Assert.ThrowsExactly<RequestProblem>(() => large.Add(1)).Message);

        Assert.AreEqual(40, held.Total);
    }

    [TestMethod]
    public void Dispose_Always_GivesTheBytesBack()
    {
        var held = new UploadMemoryLimit(100);
        using (var holder = held.Open(default))
        {
            holder.Add(100);
        }

        Assert.AreEqual(0, held.Total);
    }
}
