using System.Collections.Concurrent;

namespace ModelBuilderStyle.WebApi.Protocol;

/// <summary>Answers requests of the protocol.</summary>
internal static class InferScoring
{
    /// <summary>Scores the images of a request, side by side: all of them, or none when one cannot be.</summary>
    /// <returns>The answer, and the least budget that an image of it was scored with.</returns>
    /// <exception cref="RequestProblem">An image cannot be scored, or they cannot be answered in time.</exception>
    public static async Task<(InferResponse Response, double Budget)> RunAsync(
        InferRequest request, ServedModel model, Classifier classifier, ApiSettings settings, CancellationToken cancellation)
    {
        var images = new ScoredImage[request.Images];
        var problems = new ConcurrentDictionary<int, RequestProblem>();
        var pixels = Count(request, model, settings);
        await classifier.EachAsync(images.Length, cancellation, async (i, flow, token) =>
        {
            try
            {
                images[i] = await classifier.RunAsync(
                    model, flow, pixels[i], request.Wish,
                    step => request.Files.Count > 0 ? model.Score(request.Files[i], step) : model.Score(request.Pixels[i], step), token);
            }
            catch (RequestProblem problem) when (problem.Status == StatusCodes.Status422UnprocessableEntity)
            {
                problems[i] = problem;
            }
        });
        if (!problems.IsEmpty)
        {
            throw RequestProblem.Bad(string.Join(
                " ", problems.OrderBy(problem => problem.Key).Select(problem => $"Image {problem.Key}: {problem.Value.Message}")));
        }

        ResponseOutput[] outputs =
        [
            .. request.Outputs.Select(output => new ResponseOutput(
                output.Name, output.ShapeOf(model, images.Length), output.Datatype, output.DataOf(images))),
        ];
        return (new InferResponse(model.Name, model.File.Version, request.Id, outputs), images.Min(image => image.Budget));
    }

    private static long[] Count(InferRequest request, ServedModel model, ApiSettings settings)
    {
        if (request.Files.Count == 0)
        {
            return [.. Enumerable.Repeat((long)model.Shape[1] * model.Shape[2], request.Pixels.Count)];
        }

        var pixels = new long[request.Files.Count];
        for (var i = 0; i < pixels.Length; i++)
        {
            if (request.Files[i].Length > settings.MaxImageBytes)
            {
                throw new RequestProblem(
                    StatusCodes.Status413PayloadTooLarge,
                    $"Image {i}: an image file may have at most {settings.MaxImageBytes} bytes, got {request.Files[i].Length}.");
            }

            try
            {
                pixels[i] = ImageCheck.CountPixels(request.Files[i], settings.MaxImagePixels);
            }
            catch (RequestProblem problem)
            {
                throw new RequestProblem(problem.Status, $"Image {i}: {problem.Message}");
            }
        }

        return pixels.Sum() <= settings.MaxBatchPixels
            ? pixels
            : throw new RequestProblem(
                StatusCodes.Status413PayloadTooLarge,
                $"The images of one request may have at most {settings.MaxBatchPixels} pixels together; these have {pixels.Sum()}.");
    }
}
