namespace ModelBuilderStyle.WebApi.Tests;

/// <summary>One model and one service for the tests of a class.</summary>
public abstract class ApiTests
{
    // Small limits, so that small requests reach them.
    private protected const int MaxImageBytes = 200_000;
    private protected const int MaxBatchBytes = 400_000;
    private protected const int MaxBatchImages = 5;
    private protected const int MaxImagePixels = 1_000_000;
    private protected const int MaxBatchPixels = 2_000_000;

    private protected static TestModel Model { get; private set; } = null!;

    private protected static ApiHost Api { get; private set; } = null!;

    [ClassInitialize(InheritanceBehavior.BeforeEachDerivedClass)]
    public static async Task StartAsync(TestContext context)
    {
        _ = context;
        Model = new TestModel();
        Api = await ApiHost.StartAsync(
            Model,
            "--Api:MaxImageBytes", $"{MaxImageBytes}",
            "--Api:MaxBatchBytes", $"{MaxBatchBytes}",
            "--Api:MaxBatchImages", $"{MaxBatchImages}",
            "--Api:MaxImagePixels", $"{MaxImagePixels}",
            "--Api:MaxBatchPixels", $"{MaxBatchPixels}");
    }

    [ClassCleanup(InheritanceBehavior.BeforeEachDerivedClass)]
    public static async Task StopAsync()
    {
        await Api.DisposeAsync();
        Model.Dispose();
    }
}
