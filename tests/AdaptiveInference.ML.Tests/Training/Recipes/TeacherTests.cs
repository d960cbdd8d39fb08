using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms;
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
            Architecture = ResNetArchitecture.Cifar(8), Epochs = 6, ReinforcementEpochs = 0, BatchSize = 16, Seed = 2, ValidationFraction = 0,
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
            () => Trainers.Create(_context, Options with { Teacher = teacher }).Fit(SyntheticImages.View(_context, SyntheticImages.Rows(30))));
        Assert.AreEqual(
            "Teacher must know the classes of the training data (across, down, slanted), in any order, got a model of across, slanted. "
            + "Choose "
            + "another teacher, or map labels to its key values.",
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
