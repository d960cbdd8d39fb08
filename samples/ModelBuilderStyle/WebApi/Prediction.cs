namespace ModelBuilderStyle.WebApi;

/// <summary>The answer for one image.</summary>
/// <param name="Label">Name of the most probable class.</param>
/// <param name="Scores">Probability of each class, the most probable first.</param>
/// <param name="Path">What the network did with each of its residual blocks, in order.</param>
/// <param name="ComputeFraction">Multiply–accumulates spent on this image ÷ those of the network with every block run.</param>
/// <param name="Milliseconds">Time to decode and score the image on the server, without transport and waiting.</param>
public sealed record Prediction(
    string Label, IReadOnlyList<ClassScore> Scores, IReadOnlyList<BlockStep> Path, float ComputeFraction, double Milliseconds);

/// <summary>A class and how probable it is.</summary>
/// <param name="Label">Name of the class.</param>
/// <param name="Probability">From 0 to 1; all classes together make 1.</param>
public sealed record ClassScore(string Label, float Probability);

/// <summary>A residual block and whether it ran.</summary>
/// <param name="Block">Stage and position, such as <c>stage2.block3</c>.</param>
/// <param name="Ran">Whether the image went through the block; false when it was skipped or came after an early exit.</param>
public sealed record BlockStep(string Block, bool Ran);

/// <summary>The answer for one image of a batch.</summary>
/// <param name="File">Name of the file as it was sent.</param>
/// <param name="Prediction">The answer.</param>
public sealed record FilePrediction(string File, Prediction Prediction);

/// <summary>The answers for a batch.</summary>
/// <param name="Predictions">One answer per image, in the order of the request.</param>
/// <param name="Milliseconds">Time for all images together, which are scored side by side.</param>
public sealed record BatchPrediction(IReadOnlyList<FilePrediction> Predictions, double Milliseconds);

/// <summary>What the service runs.</summary>
/// <param name="Status"><c>Healthy</c>.</param>
/// <param name="Model">Name of the model file.</param>
/// <param name="Network">Family and depth, such as <c>SkipNet-20</c>.</param>
/// <param name="Image">Size that images are resized to: channels, height, width.</param>
/// <param name="Blocks">Number of residual blocks.</param>
/// <param name="FullMacs">Multiply–accumulates of one image with every block run: a compute fraction of 1.</param>
/// <param name="Classes">Names of the classes in the model's order.</param>
public sealed record Health(
    string Status, string Model, string Network, IReadOnlyList<int> Image, int Blocks, long FullMacs, IReadOnlyList<string> Classes);
