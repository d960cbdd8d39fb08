using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Inference.Execution;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Scoring;

/// <summary>
/// The plan of a network, which may still be being compiled: scoring waits for it; blocks and costs are known without waiting.
/// </summary>
/// <remarks>
/// In a fresh process a model is so compiled on one core while its caller makes a prediction engine on another. What can be wrong with a
/// file was found when it was read, except for weights that overflow: that shows when the plan is tried, and is then an error of the first
/// prediction.
/// </remarks>
internal sealed class PlanSource
{
    private readonly Task<InferencePlan> _plan;

    private PlanSource(BlockPlan blocks, CostModel cost, Task<InferencePlan> plan)
    {
        Blocks = blocks;
        Cost = cost;
        _plan = plan;
    }

    public BlockPlan Blocks { get; }

    public CostModel Cost { get; }

    /// <summary>The compiled network, waited for where it is not there yet.</summary>
    /// <exception cref="FormatException">The network has no finite answer for a black image.</exception>
    public InferencePlan Plan => _plan.GetAwaiter().GetResult();

    /// <summary>A plan that is there.</summary>
    public static PlanSource Of(InferencePlan plan) => new(plan.Blocks, plan.Cost, Task.FromResult(plan));

    /// <summary>Compiles a model.</summary>
    public static PlanSource Of(GatedResNetModel model) => Of(Compile(model));

    /// <summary>Compiles a model in the background, after what runs there.</summary>
    public static PlanSource Behind(Task running, GatedResNetModel model) => new(
        model.Blocks,
        new CostModel(model.Blocks),
        running.ContinueWith(
            _ => Compile(model), CancellationToken.None, TaskContinuationOptions.LongRunning, TaskScheduler.Default));

    /// <summary>Frees scratch memory that no image uses at the moment; before there is a plan there is none.</summary>
    public void ReleaseScratch()
    {
        if (_plan.IsCompletedSuccessfully)
        {
            _plan.Result.ReleaseScratch();
        }
    }

    private static InferencePlan Compile(GatedResNetModel model) => InferencePlan.Compile(model);
}
