using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using Microsoft.ML;
using TorchSharp;

namespace AdaptiveInference.ML.Tests.Training.Recipes;

[TestClass]
public sealed class TeacherTests
{
    private static readonly ResNetTrainer.Options Options = new()
    {
        Architecture = ResNetArchitecture.Cifar(8), Epochs = 6, BatchSize = 16, Seed = 1, Augmentation = ImageAugmentation.None,
    };

    private readonly MLContext _context = new(1);

    [TestMethod]
    public void Divergence_ByHand_Agrees()
    {
        LibTorchRuntime.Start();
        using var scope = torch.NewDisposeScope();
        var logits = torch.tensor(new[] { 0f, 2f, 1f, 1f }, [2, 2]);
        var answers = torch.tensor(new[] { 0.25f, 0.75f, 0.5f, 0.5f }, [2, 2]);

        // The second image agrees; of the first, both scores are halved by the temperature.
        var sum = 1 + Math.Exp(1);
        var expected = ((0.25 * Math.Log(0.25 * sum)) + (0.75 * Math.Log(0.75 * sum / Math.Exp(1)))) * 4 / 2;
        Assert.AreEqual(expected, Teacher.Divergence(answers, logits, 2).item<float>(), 1e-6);
    }

    [TestMethod]
    public void Divergence_Gradient_IsTheDistanceOfTheSoftenedAnswersTimesTheTemperature()
    {
        LibTorchRuntime.Start();
        using var scope = torch.NewDisposeScope();

        // Softened by 2, the student gives ¾ and the teacher ½ to the first class; of the second image they agree.
        var logits = torch.tensor(new[] { 2 * MathF.Log(3), 0f, 1f, 1f }, [2, 2]).requires_grad_();

        Teacher.Divergence(torch.full([2, 2], 0.5f), logits, 2).backward();

        foreach (var (expected, actual) in ((float[])[0.25f, -0.25f, 0, 0]).Zip(StepResults.Values(logits.grad!)))
        {
            Assert.AreEqual(expected, actual, 1e-6f);
        }
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Loss_OtherStatisticsAndClassOrder_IsWorkedOutFromTheTeachersOwnScores(bool hasMeanImage)
    {
        LibTorchRuntime.Start();
        using var scope = torch.NewDisposeScope();
        var spec = Networks.TestNetworks.Cifar(NetworkKind.ResNet) with { Exits = [] };
        var plan = BlockPlan.Of(spec);
        var weights = Networks.TestNetworks.Weights(plan, 3);
        var mean = hasMeanImage ? new MeanImage(spec.Image, [.. Enumerable.Range(0, spec.Image.Size).Select(i => i * 1.5f)]) : null;
        var model = new GatedResNetModel(
            plan, weights, new ChannelStatistics([100], [40], mean), ClassLabels.OfNames(["b", "c", "a"]), ScoringPolicy.Default);
        using var transformer = new GatedResNetTransformer(
            _context, model, new ScoringColumns("Features", "Score", "PredictedLabel", "ExecutionPath", "ComputeFraction"));
        var options = Options with { Teacher = transformer, DistillationWeight = 0.3f, DistillationTemperature = 2 };
        using var teacher = new Teacher(
            transformer, new ChannelStatistics([120], [60]), options, ClassLabels.OfNames(["a", "b", "c"]), torch.CPU);
        using var network = new GatedResNetModule(plan, 1);
        network.Load(weights);
        network.eval();
        var images = torch.tensor(Networks.TestNetworks.Images(spec, 2, seed: 4), [2, .. Networks.TestNetworks.Dimensions(spec)]);
        var crossEntropy = torch.tensor(new[] { 0.7f, 1.1f }).requires_grad_();
        var logits = torch.tensor(new[] { 1f, 0f, -1f, 0.5f, 2f, 0f }, [2, 3]).requires_grad_();
        using var compute = new GatedComputeFraction(plan, torch.CPU);

        var loss = teacher.Loss(
            NetworkInput.Of(images), new StepResult(new NetworkPass(logits, [], []), torch.zeros(2, torch.int64), crossEntropy, compute));
        loss.backward();

        // Pixels are 60·x + 120; the teacher knows class a as its third.
        var means = mean is null ? torch.tensor(100f) : torch.tensor(mean.Values.ToArray(), [1, .. Networks.TestNetworks.Dimensions(spec)]);
        var scores = StepResults.Values(network.Run(((images * 60) + 120 - means) / 40, FixedSampler.AllOpen).Logits);
        var (expected, students) = (-0.3 * 0.9, StepResults.Values(logits));
        for (var image = 0; image < 2; image++)
        {
            double[] taught = Softened(scores[(image * 3) + 2], scores[image * 3], scores[(image * 3) + 1]);
            double[] learnt = Softened(students[(image * 3)..((image + 1) * 3)]);
            for (var c = 0; c < 3; c++)
            {
                expected += 0.3 * 4 * taught[c] * Math.Log(taught[c] / learnt[c]) / 2;
                Assert.AreEqual(0.3 * 2 * (learnt[c] - taught[c]) / 2, logits.grad![image, c].item<float>(), 1e-5);
            }

            Assert.AreEqual(-0.3f / 2, crossEntropy.grad![image].item<float>(), 1e-6f);
        }

        Assert.AreEqual(expected, loss.item<float>(), 1e-5);

        static double[] Softened(params float[] scores)
        {
            var sum = scores.Sum(score => Math.Exp(score / 2));
            return [.. scores.Select(score => Math.Exp(score / 2) / sum)];
        }
    }

    [TestMethod]
    public void Fit_WrongLabelsButATeacher_LearnsTheTeachersAnswers()
    {
        var rows = SyntheticImages.Rows(300);
        using var teacher = Trainers.Create(_context, Options).Fit(SyntheticImages.View(_context, rows));
        var labels = rows.Select(row => row.Label).ToArray();
        new Random(5).Shuffle(labels);

        // Keys are given in the order of appearance.
        (labels[0], labels[1], labels[2]) = ("across", "down", "slanted");
        var wrong = rows.Zip(labels, (row, label) => new SyntheticImages.Row { Label = label, Features = row.Features });
        var options = new SkipNetTrainer.Options
        {
            Architecture = ResNetArchitecture.Cifar(8), Epochs = 6, ReinforcementEpochs = 0, BatchSize = 16, Seed = 2,
            ValidationFraction = 0,
            Teacher = teacher, DistillationWeight = 1, Augmentation = ImageAugmentation.None,
        };
        using var student = Trainers.Create(_context, options).Fit(SyntheticImages.View(_context, wrong));
        var test = SyntheticImages.View(_context, SyntheticImages.Rows(150, seed: 9));
        Assert.IsGreaterThan(0.8, _context.MulticlassClassification.Evaluate(student.Transform(test)).MicroAccuracy);
    }

    [TestMethod]
    public void Fit_TeacherOfOtherClasses_Throws()
    {
        using var teacher = Trainers.Create(_context, Options with { Epochs = 1 })
            .Fit(SyntheticImages.View(_context, SyntheticImages.Rows(30).Where(row => row.Label != "down")));
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => Trainers.Create(_context, Options with { Teacher = teacher }).Fit(
                SyntheticImages.View(_context, SyntheticImages.Rows(30))));
        Assert.AreEqual(
            "Teacher must know the classes of the training data (across, down, slanted), in any order, got a model of across, slanted. "
            + "Choose another teacher, or map labels to its key values.",
            error.Message);
    }

    [TestMethod]
    public void Fit_TeacherWithClassesInAnotherOrder_TeachesByName()
    {
        var rows = SyntheticImages.Rows(300);
        using var teacher = Trainers.Create(_context, Options).Fit(SyntheticImages.View(_context, rows));

        // The keys of turned rows begin with another class; the labels themselves teach nothing.
        var options = Options with { Seed = 2, ValidationFraction = 0, Teacher = teacher, DistillationWeight = 1 };
        using var student = Trainers.Create(_context, options).Fit(SyntheticImages.View(_context, rows.Skip(2)));

        CollectionAssert.AreEqual(new[] { "slanted", "across", "down" }, student.ClassNames.ToArray());
        var test = SyntheticImages.View(_context, SyntheticImages.Rows(150, seed: 9).Skip(2));
        Assert.IsGreaterThan(0.8, _context.MulticlassClassification.Evaluate(student.Transform(test)).MicroAccuracy);
    }
}
