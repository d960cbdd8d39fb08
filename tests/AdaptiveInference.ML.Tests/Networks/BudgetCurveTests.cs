using AdaptiveInference.ML.Gates;
using AdaptiveInference.ML.Layers;
using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Networks;

/// <summary>What gates of torch modules make of budgets.</summary>
[TestClass]
public sealed class BudgetCurveTests
{
    private static readonly NetworkSpec Spec = TestNetworks.Cifar(NetworkKind.ConvNetAig) with { AnyBudget = true };

    [TestInitialize]
    public void Start() => LibTorchRuntime.Start();

    [TestMethod]
    public void Forward_Budgets_IsTheCurveThatIsScored()
    {
        using var scope = NewDisposeScope();
        var tensors = new NetworkTensors(Spec.Plan(), 1, CPU);
        var curve = Spec.Plan().Blocks[1].BudgetCurve!;
        var values = Enumerable.Range(0, BudgetCurveSpec.Knots).Select(knot => (float)Math.Sin(3 * knot)).ToArray();
        using (no_grad())
        {
            tensors[curve.Values].copy_(tensor(values));
        }

        float[] budgets = [0, 0.07f, 0.1f, 0.333f, 0.5f, 0.99f, 1];

        var numbers = new BudgetCurve(tensors, curve).Forward(BudgetCurve.Shares(tensor(budgets))).detach().data<float>().ToArray();

        foreach (var (number, budget) in numbers.Zip(budgets))
        {
            Assert.AreEqual(BudgetCurveSpec.At(values, budget), number, 1e-5f, $"budget {budget}");
        }
    }

    [TestMethod]
    public void Shares_Budget_AreOfTheTwoKnotsAroundIt()
    {
        using var shares = BudgetCurve.Shares(tensor(new[] { 0.325f }));

        var expected = new float[BudgetCurveSpec.Knots];
        (expected[3], expected[4]) = (0.75f, 0.25f);
        foreach (var (share, wanted) in shares.data<float>().Zip(expected))
        {
            Assert.AreEqual(wanted, share, 1e-5f);
        }
    }

    [TestMethod]
    [DataRow(NetworkKind.SkipNet)]
    [DataRow(NetworkKind.ConvNetAig)]
    public void FirstWeights_Curves_OpenGatesWithTheBudgetsProbability(NetworkKind network)
    {
        var plan = (Spec with { Network = network }).Plan();
        using var scope = NewDisposeScope();
        var tensors = new NetworkTensors(plan, 1, CPU);
        var values = tensors[plan.Blocks[1].BudgetCurve!.Values].detach().data<float>().ToArray();

        foreach (var (budget, probability) in new[] { (0f, 0.05), (0.2f, 0.2), (0.5f, 0.5), (0.9f, 0.9), (1f, 0.95) })
        {
            var logit = WeightInitialisation.FirstLogit + BudgetCurveSpec.At(values, budget);
            Assert.AreEqual(probability, 1 / (1 + Math.Exp(-logit)), 1e-4, $"budget {budget}");
        }
    }

    [TestMethod]
    public void Run_WholeBudgetAmongOthers_RunsWholeAndTeachesGatesNothing()
    {
        using var scope = NewDisposeScope();
        using var module = new GatedResNetModule(Spec.Plan(), 1);
        module.Load(TestNetworks.Weights(Spec.Plan(), 1));
        module.eval();
        var images = tensor(TestNetworks.Images(Spec, 4, 1), [4, .. Spec.Dimensions()]);
        var closed = new FixedSampler(new bool[1, Spec.Plan().Blocks.Count]);
        var input = NetworkInput.Of(images) with { Budgets = tensor(new[] { 1f, 0.4f, 1f, 0.2f }) };

        var pass = module.Run(input, closed);
        var sampled = module.Run(input, new StraightThroughSampler());
        sampled.Gates.Select(gate => gate.Open.slice(0, 0, 4, 2).sum()).Aggregate((sum, one) => sum + one).backward();

        foreach (var gate in pass.Gates)
        {
            CollectionAssert.AreEqual(new[] { 1f, 0, 1, 0 }, gate.Open.data<float>().ToArray());
        }

        Assert.IsTrue(module.GateParameters.All(parameter => parameter.grad is null || parameter.grad.abs().sum().item<float>() == 0));
    }

    [TestMethod]
    public void Run_NoBudgets_RunsTheWholeNetwork()
    {
        using var scope = NewDisposeScope();
        using var module = new GatedResNetModule(Spec.Plan(), 1);
        module.eval();
        var images = tensor(TestNetworks.Images(Spec, 2, 1), [2, .. Spec.Dimensions()]);

        var pass = module.Run(images, new FixedSampler(new bool[1, Spec.Plan().Blocks.Count]));

        Assert.IsTrue(pass.Gates.All(gate => gate.Open.min().item<float>() == 1));
    }
}
