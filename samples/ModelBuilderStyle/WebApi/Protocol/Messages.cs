using System.Text.Json;
using System.Text.Json.Serialization;

namespace ModelBuilderStyle.WebApi.Protocol;

/// <summary>The protocol's <c>metadata_server_response</c>.</summary>
internal sealed record ServerMetadata(string Name, string Version, IReadOnlyList<string> Extensions);

/// <summary>The protocol's <c>live_server_response</c>.</summary>
internal sealed record Liveness(bool Live);

/// <summary>The protocol's <c>ready_server_response</c>, whose field is <c>live</c> in its text and <c>ready</c> in its servers.</summary>
internal sealed record Readiness(bool Live, bool Ready);

/// <summary>The protocol's <c>ready_model_response</c>.</summary>
internal sealed record ModelReadiness(string Name, bool Ready);

/// <summary>Every error of the protocol.</summary>
internal sealed record ErrorResponse(string Error);

/// <summary>The protocol's <c>metadata_tensor</c>; −1 is any size.</summary>
internal sealed record TensorMetadata(string Name, string Datatype, IReadOnlyList<int> Shape);

/// <summary>The protocol's <c>metadata_model_response</c>.</summary>
internal sealed record ModelMetadata(
    string Name,
    IReadOnlyList<string> Versions,
    string Platform,
    IReadOnlyList<TensorMetadata> Inputs,
    IReadOnlyList<TensorMetadata> Outputs,
    IReadOnlyDictionary<string, string> Properties)
{
    /// <summary>What a model reads and answers.</summary>
    public static ModelMetadata Of(ServedModel model)
    {
        var properties = new Dictionary<string, string>
        {
            ["classes"] = JsonSerializer.Serialize(model.Classes),
            ["blocks"] = JsonSerializer.Serialize(model.Blocks),
        };
        if (model.ReadsPixels)
        {
            properties["image.pixels"] =
                $"FP32 or UINT8 [-1, {string.Join(", ", model.Shape)}]: raw values of pixels, in place of the files in BYTES.";
        }

        return new ModelMetadata(
            model.Name, [model.File.Version], "adaptiveinference_mlnet",
            [new TensorMetadata(InferRequest.InputName, Tensors.Bytes, [-1])],
            [.. OutputTensor.All.Select(output => new TensorMetadata(output.Name, output.Datatype, output.ShapeOf(model, -1)))],
            properties);
    }
}

/// <summary>The protocol's <c>response_output</c>.</summary>
internal sealed record ResponseOutput(string Name, IReadOnlyList<int> Shape, string Datatype, object Data);

/// <summary>The protocol's <c>inference_response</c>.</summary>
internal sealed record InferResponse(
    [property: JsonPropertyName("model_name")] string ModelName,
    [property: JsonPropertyName("model_version")] string ModelVersion,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Id,
    IReadOnlyList<ResponseOutput> Outputs);
