using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;

namespace ModelBuilderStyle.WebApi.Tests;

/// <summary>Less work under load and on request: a model with exits, whose steps are chosen by images.</summary>
[TestClass]
public sealed class LadderTests
{
    private static readonly byte[][] Pictures = [.. Enumerable.Range(0, 20).Select(i => Images.Picture(i, side: 300))];

    private static TestModel Model { get; set; } = null!;

    private static DirectoryInfo Folder { get; set; } = null!;

    private static ApiHost Api { get; set; } = null!;

    private static ServedModel Served => Api.Services.GetRequiredService<Classifier>().Model;

    [ClassInitialize]
    public static async Task StartAsync(TestContext context)
    {
        _ = context;
        Model = TestModel.OfPhotos();
        Folder = Directory.CreateTempSubdirectory("calibration");
        for (var i = 0; i < Pictures.Length; i++)
        {
            await File.WriteAllBytesAsync(Path.Combine(Folder.FullName, $"{i}.png"), Pictures[i]);
        }

        await File.WriteAllTextAsync(Path.Combine(Folder.FullName, "broken.png"), "no image");
        Api = await ApiHost.StartAsync(
            Model, "--Api:CalibrationImages", Folder.FullName, "--Api:TargetMilliseconds", "1", "--Api:Engines", "1",
            "--Api:WholeNetworkWhenIdle", "true");
    }

    [ClassCleanup]
    public static async Task StopAsync()
    {
        await Api.DisposeAsync();
        Model.Dispose();
        Folder.Delete(recursive: true);
    }

    [TestMethod]
    public async Task Health_Ladder_ListsBudgetsFromTheMostAccurateDown()
    {
        var health = (await Api.Client.GetFromJsonAsync<Health>("health"))!;

        Assert.IsGreaterThan(1, health.ComputeBudgets.Count);
        CollectionAssert.AreEqual(health.ComputeBudgets.OrderDescending().ToArray(), health.ComputeBudgets.ToArray());
        Assert.IsNull(health.Problem);
    }

    [TestMethod]
    public async Task Predict_BudgetAskedFor_IsKeptAndSaid()
    {
        var budgets = (await Api.Client.GetFromJsonAsync<Health>("health"))!.ComputeBudgets;
        for (var step = 0; step < budgets.Count; step++)
        {
            using var response = await Api.Client.PostAsync(
                FormattableString.Invariant($"predict?computeBudget={budgets[step] + 0.0001}"), ApiHost.Body(Pictures[3]));
            var answer = (await response.Content.ReadFromJsonAsync<Prediction>())!;

            Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
            Assert.IsLessThanOrEqualTo(budgets[step], answer.ComputeBudget);
            Assert.AreEqual(Expected(Pictures[3], answer), TestModel.Text(answer));
            Assert.AreEqual(
                FormattableString.Invariant($"{answer.ComputeBudget}"), response.Headers.GetValues("X-Compute-Budget").Single());
        }
    }

    [TestMethod]
    [DataRow("computeBudget=0.001", "The least compute budget that is allowed is ")]
    [DataRow("computeBudget=0", "computeBudget must be a number above 0 and at most 1, got 0.")]
    [DataRow("computeBudget=1.5", "computeBudget must be a number above 0 and at most 1, got 1.5.")]
    [DataRow("computeBudget=NaN", "computeBudget must be a number above 0 and at most 1, got NaN.")]
    [DataRow("computeBudget=half", "computeBudget must be one number, got 'half'.")]
    [DataRow("computeBudget=1&computeBudget=0.5", "computeBudget must be one number, got '1,0.5'.")]
    [DataRow("deadlineMs=0", "deadlineMs must be a number of milliseconds from 1 to 600000, got 0.")]
    [DataRow("deadlineMs=", "deadlineMs must be one number, got ''.")]
    public async Task Predict_WishOutOfReach_IsAProblem(string query, string detail)
    {
        (string Path, HttpContent Body)[] requests =
            [("predict", ApiHost.Body(Pictures[0])), ("predict/batch", ApiHost.Form(("a.png", Pictures[0])))];
        foreach (var (path, body) in requests)
        {
            using var response = await Api.Client.PostAsync($"{path}?{query}", body);

            Assert.AreEqual(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.StartsWith(detail, (await response.Content.ReadFromJsonAsync<ProblemDetails>())!.Detail!);
        }
    }

    [TestMethod]
    public async Task Predict_LongDeadline_IsAnswered()
    {
        using var response = await Api.Client.PostAsync("predict?deadlineMs=600000", ApiHost.Body(Pictures[0]));

        Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
    }

    [TestMethod]
    public async Task Predict_DeadlineThatCannotBeMet_IsRefusedWithoutWork()
    {
        // An image is expected to take a minute.
        for (var image = 0; image < 2000; image++)
        {
            Served.Load.End(0, TimeSpan.FromMinutes(1), 1);
        }

        try
        {
            using var response = await Api.Client.PostAsync("predict?deadlineMs=1000", ApiHost.Body(Pictures[0]));

            Assert.AreEqual(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.AreEqual(
                "No answer can be ready within 1000 ms now, not even the least accurate that is allowed.",
                (await response.Content.ReadFromJsonAsync<ProblemDetails>())!.Detail);
            Assert.IsNotNull(response.Headers.RetryAfter);
        }
        finally
        {
            for (var image = 0; image < 2000; image++)
            {
                Served.Load.End(0, TimeSpan.FromMilliseconds(1), 1);
            }
        }
    }

    [TestMethod]
    public async Task Predict_MoreThanFitsTheGoal_ThinksLessAndRefusesNobody()
    {
        var classifier = Api.Services.GetRequiredService<Classifier>();
        using var lease = classifier.Begin();
        var (began, free) = (new TaskCompletionSource(), new TaskCompletionSource());
        var holding = Task.Run(() => classifier.RunAsync(
            lease.Model, new EngineQueue.Flow(), 1, new ComputeWish(null, null),
            step =>
            {
                began.SetResult();
                free.Task.Wait();
                return step;
            },
            default));
        await began.Task;
        var requests = Enumerable.Range(0, 200).Select(
            i => Api.Client.PostAsync("predict", ApiHost.Body(Pictures[i % Pictures.Length]))).ToArray();
        while (classifier.Waiting < requests.Length)
        {
            Assert.IsFalse(requests.Any(request => request.IsCompleted));
            await Task.Delay(1);
        }

        free.SetResult();
        await holding;
        var responses = await Task.WhenAll(requests);
        var budgets = new HashSet<double>();
        for (var i = 0; i < responses.Length; i++)
        {
            Assert.AreEqual(HttpStatusCode.OK, responses[i].StatusCode);
            var answer = (await responses[i].Content.ReadFromJsonAsync<Prediction>())!;
            Assert.AreEqual(Expected(Pictures[i % Pictures.Length], answer), TestModel.Text(answer));
            budgets.Add(answer.ComputeBudget);
            responses[i].Dispose();
        }

        // One engine and a goal of a millisecond: whoever waits is answered at the last step.
        Assert.Contains(Served.BudgetOf(Served.Steps.Count - 1), budgets);
    }

    [TestMethod]
    public async Task Predict_FullQueue_GoesToTheLastStepBeforeItRefuses()
    {
        await using var api = await ApiHost.StartAsync(
            Model, "--Api:Engines", "1", "--Api:MaxWaiting", "0", "--Api:TargetMilliseconds", "600000");
        var classifier = api.Services.GetRequiredService<Classifier>();
        Assert.IsGreaterThan(1, classifier.Model.Steps.Count);
        using var lease = classifier.Begin();
        var (began, free) = (new TaskCompletionSource(), new TaskCompletionSource());
        var wish = new ComputeWish(null, null);
        var running = Task.Run(() => classifier.RunAsync(
            lease.Model, new EngineQueue.Flow(), 1, wish,
            step =>
            {
                began.SetResult();
                free.Task.Wait();
                return step;
            },
            default));
        await began.Task;
        var relieved = classifier.RunAsync(lease.Model, new EngineQueue.Flow(), 1, wish, step => step, default);
        Assert.IsFalse(relieved.IsCompleted);
        var refused = await Assert.ThrowsExactlyAsync<RequestProblem>(
            () => classifier.RunAsync(lease.Model, new EngineQueue.Flow(), 2, wish, step => step, default));

        Assert.AreEqual(503, refused.Status);
        Assert.AreEqual(lease.Model.Steps.Count - 1, lease.Model.Load.Step);
        free.SetResult();
        Assert.AreEqual(0, await running);
        await relieved;
    }

    [TestMethod]
    public async Task Predict_LadderOff_HasOneStep()
    {
        await using var api = await ApiHost.StartAsync(Model, "--Api:Ladder", "false");

        Assert.HasCount(1, (await api.Client.GetFromJsonAsync<Health>("health"))!.ComputeBudgets);
    }

    [TestMethod]
    public async Task Predict_NoCalibrationImages_HasStepsByConfidence()
    {
        await using var api = await ApiHost.StartAsync(Model);
        var image = Pictures[5];

        var answer = await api.PredictAsync(ApiHost.Body(image));

        Assert.AreEqual(Model.Expected(image), TestModel.Text(answer));
        Assert.IsGreaterThan(1, (await api.Client.GetFromJsonAsync<Health>("health"))!.ComputeBudgets.Count);
    }

    [TestMethod]
    public void Create_NoCalibrationImage_SaysSo()
    {
        var empty = Directory.CreateTempSubdirectory("calibration");
        try
        {
            var error = Assert.ThrowsExactly<ModelFileException>(
                () => ApiServer.Create(["--model", Model.File, "--Api:CalibrationImages", empty.FullName]));

            Assert.AreEqual($"The folder of calibration images '{empty.FullName}' holds no image that can be scored.", error.Message);
        }
        finally
        {
            empty.Delete();
        }
    }

    // What the model answers at the step that the answer names.
    private static string Expected(byte[] image, Prediction answer)
    {
        var step = Enumerable.Range(0, Served.Steps.Count).Single(step => Served.BudgetOf(step) == answer.ComputeBudget);
        return Model.Expected(image, Served.Steps[step].Network);
    }
}
