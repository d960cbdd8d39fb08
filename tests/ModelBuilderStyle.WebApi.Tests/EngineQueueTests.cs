namespace ModelBuilderStyle.WebApi.Tests;

[TestClass]
public sealed class EngineQueueTests
{
    private const int Large = EngineQueue.LargeAbove + 1;

    [TestMethod]
    public async Task WaitAsync_SmallImageBehindABatch_IsNext()
    {
        var queue = new EngineQueue(engines: 1, maxWaiting: 10);
        var batch = new EngineQueue.Flow();
        var first = await queue.WaitAsync(batch, 100, default);
        var second = queue.WaitAsync(batch, 100, default);
        var third = queue.WaitAsync(batch, 100, default);
        var single = queue.WaitAsync(new EngineQueue.Flow(), 90, default);

        first.Dispose();
        (await single).Dispose();
        Assert.IsFalse(third.IsCompleted);
        (await second).Dispose();
        (await third).Dispose();
    }

    [TestMethod]
    public async Task WaitAsync_ManySmallImagesAfterALargeOne_DoNotKeepItWaitingForEver()
    {
        var queue = new EngineQueue(engines: 1, maxWaiting: 100);
        var running = await queue.WaitAsync(new EngineQueue.Flow(), 10, default);
        var large = queue.WaitAsync(new EngineQueue.Flow(), 55, default);
        var served = 0;
        for (; served < 100 && !large.IsCompleted; served++)
        {
            var next = queue.WaitAsync(new EngineQueue.Flow(), 10, default);
            running.Dispose();
            if (await Task.WhenAny(next, large) == next)
            {
                running = await next;
            }
        }

        // The clock goes on by 10 with each small image, from 10 to the large one's 65.
        Assert.AreEqual(6, served);
    }

    [TestMethod]
    public async Task WaitAsync_LargeImages_LeaveOneEngineToSmallOnes()
    {
        var queue = new EngineQueue(engines: 2, maxWaiting: 10);
        var first = await queue.WaitAsync(new EngineQueue.Flow(), Large, default);
        var second = queue.WaitAsync(new EngineQueue.Flow(), Large, default);

        Assert.IsFalse(second.IsCompleted);
        (await queue.WaitAsync(new EngineQueue.Flow(), Large - 1, default)).Dispose();
        Assert.IsFalse(second.IsCompleted);
        first.Dispose();
        (await second).Dispose();
    }

    [TestMethod]
    public async Task WaitAsync_FullQueue_RefusesTheOneThatWouldBeLast()
    {
        var queue = new EngineQueue(engines: 1, maxWaiting: 1);
        var running = await queue.WaitAsync(new EngineQueue.Flow(), 1, default);
        var large = queue.WaitAsync(new EngineQueue.Flow(), Large, default);
        var small = queue.WaitAsync(new EngineQueue.Flow(), 1, default);

        var refused = await Assert.ThrowsExactlyAsync<RequestProblem>(() => large);
        Assert.AreEqual(503, refused.Status);
        Assert.AreEqual("Too many images are waiting for their turn. Try again in a second.", refused.Message);
        await Assert.ThrowsExactlyAsync<RequestProblem>(() => queue.WaitAsync(new EngineQueue.Flow(), 2, default));
        running.Dispose();
        (await small).Dispose();
    }

    [TestMethod]
    public async Task WaitAsync_FullQueue_KeepsABatchThatHasBegun()
    {
        var queue = new EngineQueue(engines: 1, maxWaiting: 0);
        var batch = new EngineQueue.Flow();
        var first = await queue.WaitAsync(batch, 1, default);
        var second = queue.WaitAsync(batch, 1, default);

        await Assert.ThrowsExactlyAsync<RequestProblem>(() => queue.WaitAsync(new EngineQueue.Flow(), 1, default));
        first.Dispose();
        (await second).Dispose();
    }

    [TestMethod]
    public async Task WaitAsync_Cancelled_LeavesTheQueue()
    {
        var queue = new EngineQueue(engines: 1, maxWaiting: 1);
        using var leave = new CancellationTokenSource();
        var running = await queue.WaitAsync(new EngineQueue.Flow(), 1, default);
        var gone = queue.WaitAsync(new EngineQueue.Flow(), 1, leave.Token);
        await leave.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() => gone);
        Assert.AreEqual(0, queue.Waiting);
        running.Dispose();
        (await queue.WaitAsync(new EngineQueue.Flow(), 1, default)).Dispose();
    }
}
