namespace ModelBuilderStyle.WebApi;

/// <summary>The answer for one image.</summary>
/// <param name="Label">Name of the most probable class.</param>
/// <param name="Scores">Probability of each class, the most probable first.</param>
/// <param name="Path">What the network did with each of its residual blocks, in order.</param>
/// <param name="ComputeFraction">Multiply–accumulates spent on this image ÷ those of the network with every block run.</param>
/// <param name="Milliseconds">Time to decode and score the image on the server, without transport and waiting.</param>
/// <param name="ComputeBudget">
/// Mean compute fraction of images at the setting that this one was scored with: lower when there was more to do than could be done in
/// time, or when the request asked for less.
/// </param>
public sealed record Prediction(
    string Label,
    IReadOnlyList<ClassScore> Scores,
    IReadOnlyList<BlockStep> Path,
    float ComputeFraction,
    double Milliseconds,
    double ComputeBudget);

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

