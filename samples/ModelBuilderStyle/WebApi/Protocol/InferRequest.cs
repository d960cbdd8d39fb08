using static ModelBuilderStyle.WebApi.Protocol.JsonTokens;
using static ModelBuilderStyle.WebApi.RequestProblem;

namespace ModelBuilderStyle.WebApi.Protocol;

/// <summary>A request that was found to be one that the model can answer.</summary>
/// <param name="Id">What the client calls it.</param>
/// <param name="Files">Image files; empty where pixels came.</param>
/// <param name="Pixels">Pixels of each image, planar; empty where files came.</param>
/// <param name="Outputs">What is to be returned, in this order.</param>
/// <param name="Wish">How much work may be spent.</param>
internal sealed record InferRequest(
    string? Id, IReadOnlyList<byte[]> Files, IReadOnlyList<float[]> Pixels, IReadOnlyList<OutputTensor> Outputs, ComputeWish Wish)
{
    /// <summary>Name of the one input.</summary>
    public const string InputName = "image";

    /// <summary>Name of the parameter that says how much work may be spent.</summary>
    public const string BudgetName = "compute_budget";

    /// <summary>Name of the parameter that says how much time.</summary>
    public const string DeadlineName = "deadline_ms";

    /// <summary>Number of images.</summary>
    public int Images => Files.Count + Pixels.Count;

    /// <summary>Reads a body.</summary>
    /// <param name="body">JSON.</param>
    /// <param name="model">The model that is asked.</param>
    /// <param name="settings">Limits.</param>
    /// <exception cref="RequestProblem">It is no request, or none that the model can answer; the message says why.</exception>
    public static InferRequest Read(byte[] body, ServedModel model, ApiSettings settings)
    {
        var size = model.Shape.Aggregate(1, (product, side) => product * side);
        var message = RequestJson.Read(body, (long)settings.MaxBatchImages * size);
        if (message.Inputs is not [var input])
        {
            throw Bad($"Give one input, '{InputName}'; got {message.Inputs.Count}.");
        }

        var wish = ComputeWish.Of(Number(message, BudgetName), Number(message, DeadlineName), BudgetName, DeadlineName);
        var outputs = OutputsOf(message);
        Expect(input.Name == InputName, $"The input is called '{InputName}', got '{input.Name}'.");
        Expect(input.Shape.Count > 0, $"Input '{InputName}' needs a shape: the number of images, or [images, channels, height, width].");
        Expect(
            input.Shape[0] >= 1 && input.Shape[0] <= settings.MaxBatchImages,
            $"A request may have from 1 to {settings.MaxBatchImages} images; shape {Tensors.Text(input.Shape)} says {input.Shape[0]}.");
        return input.Datatype switch
        {
            Tensors.Bytes => new InferRequest(message.Id, FilesOf(input), [], outputs, wish),
            Tensors.Single or Tensors.Byte => new InferRequest(message.Id, [], PixelsOf(input, model, size), outputs, wish),
            _ => throw Bad(
                $"Input '{InputName}' must be of type {Tensors.Bytes} (image files), {Tensors.Single} or {Tensors.Byte} (pixels), "
                + $"got '{input.Datatype}'."),
        };
    }

    private static double? Number(RequestJson message, string parameter) => message.Parameters.TryGetValue(parameter, out var number)
        ? number ?? throw Bad($"Parameter '{parameter}' must be a number.")
        : null;

    private static OutputTensor[] OutputsOf(RequestJson message) => message.Outputs.Count == 0
        ? [.. OutputTensor.All]
        : [.. message.Outputs.Select(name => OutputTensor.All.FirstOrDefault(output => output.Name == name)
            ?? throw Bad($"There is no output '{name}'; there are {string.Join(", ", OutputTensor.All.Select(output => output.Name))}."))];

    private static List<byte[]> FilesOf(RequestTensor input)
    {
        Expect(
            input.Shape.Count == 1 || (input.Shape.Count == 2 && input.Shape[1] == 1),
            $"Image files have the shape [images], got {Tensors.Text(input.Shape)}.");
        Expect(
            input.ContentType is null or "base64",
            $"Image files come as base64 texts; got the content_type '{input.ContentType}'.");
        Expect(input.Numbers.Count == 0, $"Data of type {Tensors.Bytes} must be texts: each an image file in base64.");
        RequireCount(input, input.Texts.Count, input.Shape[0]);
        return input.Texts;
    }

    private static float[][] PixelsOf(RequestTensor input, ServedModel model, int size)
    {
        Expect(model.ReadsPixels, $"This model reads image files alone: send them as {Tensors.Bytes}.");
        long[] shape = [.. model.Shape.Select(side => (long)side)];
        Expect(
            input.Shape.Skip(1).SequenceEqual(shape),
            $"Pixels must have the shape {Tensors.Text([-1, .. shape])}, got {Tensors.Text(input.Shape)}.");
        Expect(input.Texts.Count == 0, $"Data of type {input.Datatype} must be numbers.");
        RequireCount(input, input.Numbers.Count, input.Shape[0] * size);
        Expect(
            input.Datatype != Tensors.Byte || input.Numbers.TrueForAll(value => value is >= 0 and <= 255 && value == MathF.Floor(value)),
            $"Data of type {Tensors.Byte} must be whole numbers from 0 to 255.");
        return [.. input.Numbers.Chunk(size)];
    }

    private static void RequireCount(RequestTensor input, long count, long expected) => Expect(
        count == expected, $"Shape {Tensors.Text(input.Shape)} asks for {expected} values; the data has {count}.");
}
