// Trains a tiny SkipNet with nothing but the packages, saves it, loads it again and writes its answers for the scoring program.
using AdaptiveInference.ML;
using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;

var mlContext = new MLContext(seed: 1);
var data = mlContext.Data.LoadFromEnumerable(Images.Make(64));
var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label")
    .Append(mlContext.MulticlassClassification.Trainers.SkipNet(new SkipNetTrainer.Options
    {
        Architecture = ResNetArchitecture.Cifar(8),
        ImageShape = new ImageShape(1, 8, 8),
        Epochs = 2,
        ReinforcementEpochs = 1,
        BatchSize = 16,
    }))
    .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
var model = pipeline.Fit(data);
mlContext.Model.Save(model, data.Schema, args[0]);

var loaded = new MLContext().Model.Load(args[0], out _);
var answers = Answers.Of(mlContext, model.Transform(data));
if (answers != Answers.Of(mlContext, loaded.Transform(data)))
{
    Console.Error.WriteLine("The loaded model predicts something else than the trained one.");
    return 1;
}

File.WriteAllText(args[1], answers);
Console.WriteLine("Trained, saved, loaded and predicted the same.");
return 0;
