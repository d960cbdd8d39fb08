using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace ModelBuilderStyle.WebApi;

/// <summary>What the OpenAPI document says beyond what the routes tell it: the form of the request bodies.</summary>
internal static class ApiDescription
{
    private const string PartName = "image";

    private static readonly string[] ImageTypes =
        ["image/png", "image/jpeg", "image/bmp", "image/gif", "image/webp", "application/octet-stream"];

    /// <summary>Marks an endpoint that takes one image, as the body or in a form.</summary>
    public static object OneImage { get; } = new ImageBody(Many: false);

    /// <summary>Marks an endpoint that takes a form with several images.</summary>
    public static object ManyImages { get; } = new ImageBody(Many: true);

    /// <summary>Adds title and bodies to the document.</summary>
    public static void Describe(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Image classifier";
            document.Info.Description =
                "Classifies images with a residual network that decides for every image which of its blocks to run.";
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            if (context.Description.ActionDescriptor.EndpointMetadata.OfType<ImageBody>().FirstOrDefault() is { } body)
            {
                operation.RequestBody = body.Many ? new OpenApiRequestBody { Required = true, Content = Form(Files()) } : One();
            }

            return Task.CompletedTask;
        });
    }

    /// <summary>Names every problem that a prediction may end with.</summary>
    public static RouteHandlerBuilder ProducesImageProblems(this RouteHandlerBuilder route) => route
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status408RequestTimeout)
        .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
        .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
        .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
        .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static OpenApiRequestBody One()
    {
        var content = Form(File());
        foreach (var type in ImageTypes)
        {
            content[type] = new OpenApiMediaType { Schema = File() };
        }

        return new OpenApiRequestBody { Required = true, Content = content };
    }

    private static OpenApiSchema File() => new() { Type = JsonSchemaType.String, Format = "binary" };

    private static OpenApiSchema Files() => new() { Type = JsonSchemaType.Array, Items = File() };

    private static Dictionary<string, OpenApiMediaType> Form(OpenApiSchema part) => new()
    {
        ["multipart/form-data"] = new OpenApiMediaType
        {
            Schema = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Required = new HashSet<string> { PartName },
                Properties = new Dictionary<string, IOpenApiSchema> { [PartName] = part },
            },
        },
    };

    private sealed record ImageBody(bool Many);
}
