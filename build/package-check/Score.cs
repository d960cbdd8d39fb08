// Scores a saved model with the scoring package alone, checks that no TorchSharp is there, and looks into the packages.
using Microsoft.ML;

var mlContext = new MLContext();
var data = mlContext.Data.LoadFromEnumerable(Images.Make(64));
var model = mlContext.Model.Load(args[0], out _);
if (Answers.Of(mlContext, model.Transform(data)) != File.ReadAllText(args[1]))
{
    Console.Error.WriteLine("The scores differ from those of the training program.");
    return 1;
}

var torch = Directory.EnumerateFiles(AppContext.BaseDirectory, "*torch*", new EnumerationOptions
{
    RecurseSubdirectories = true,
    MatchCasing = MatchCasing.CaseInsensitive,
}).Concat(AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetName().Name!)
    .Where(name => name.Contains("Torch", StringComparison.OrdinalIgnoreCase))).ToList();
if (torch.Count > 0)
{
    Console.Error.WriteLine($"TorchSharp is there: {string.Join(", ", torch)}.");
    return 1;
}

Console.WriteLine("Scored the same without TorchSharp.");
if (Contents.Check(args[2]) is { Count: > 0 } wrong)
{
    Console.Error.WriteLine(string.Join(Environment.NewLine, wrong));
    return 1;
}

Console.WriteLine("The packages and their symbols hold what they should.");
return 0;
