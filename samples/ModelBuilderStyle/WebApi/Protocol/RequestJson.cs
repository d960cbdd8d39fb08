using System.Text.Json;
using static ModelBuilderStyle.WebApi.Protocol.JsonTokens;
using static ModelBuilderStyle.WebApi.RequestProblem;

namespace ModelBuilderStyle.WebApi.Protocol;

/// <summary>
/// The protocol's <c>inference_request</c> as it came. Read token by token: a document of millions of numbers would take many times its
/// size in memory.
/// </summary>
internal sealed class RequestJson
{
    // Four dimensions of a tensor, and what stands around them.
    private const int DeepestNesting = 16;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = DeepestNesting };

    private readonly long _mostNumbers;

    // Some editors and libraries begin a text with it.
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private RequestJson(long mostNumbers) => _mostNumbers = mostNumbers;

    /// <summary>What the client calls the request.</summary>
    public string? Id { get; private set; }

    /// <summary>The input tensors.</summary>
    public List<RequestTensor> Inputs { get; } = [];

    /// <summary>Names of the outputs that are asked for.</summary>
    public List<string> Outputs { get; } = [];

    /// <summary>The parameters of the request that this server reads, where they are given; null for one that is no number.</summary>
    public Dictionary<string, double?> Parameters { get; } = [];

    /// <summary>Reads a body.</summary>
    /// <param name="body">JSON.</param>
    /// <param name="mostNumbers">Numbers that a tensor may have.</param>
    /// <exception cref="RequestProblem">It is no JSON, or not of this form.</exception>
    public static RequestJson Read(ReadOnlySpan<byte> body, long mostNumbers)
    {
        var reader = new Utf8JsonReader(body.StartsWith(ByteOrderMark) ? body[ByteOrderMark.Length..] : body, Options);
        var request = new RequestJson(mostNumbers);
        try
        {
            reader.Read();
            request.ReadRequest(ref reader);
            while (reader.Read())
            {
                // Throws where something follows.
            }
        }
        catch (JsonException exception)
        {
            throw Bad($"The body is no complete JSON: {exception.Message}");
        }

        return request;
    }

    private void ReadRequest(ref Utf8JsonReader reader)
    {
        Expect(reader.TokenType == JsonTokenType.StartObject, "The body must be a JSON object.");
        while (NextName(ref reader) is { } name)
        {
            switch (name)
            {
                case "id":
                    Id = Text(ref reader, "id");
                    break;
                case "inputs":
                    ReadItems(ref reader, name, ReadInput);
                    break;
                case "outputs":
                    ReadItems(ref reader, name, ReadOutput);
                    break;
                case "parameters":
                    ReadParameters(ref reader);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private void ReadInput(ref Utf8JsonReader reader)
    {
        var tensor = new RequestTensor();
        while (NextName(ref reader) is { } name)
        {
            switch (name)
            {
                case "name":
                    tensor.Name = Text(ref reader, "name of an input");
                    break;
                case "datatype":
                    tensor.Datatype = Text(ref reader, "datatype");
                    break;
                case "shape":
                    tensor.Shape = Shape(ref reader);
                    break;
                case "data":
                    tensor.HasData = true;
                    ReadData(ref reader, tensor);
                    break;
                case "parameters":
                    ReadContentType(ref reader, tensor);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        Expect(tensor.HasData, "An input needs data, as a JSON array; binary tensors are an extension that this server does not have.");
        Inputs.Add(tensor);
    }

    private void ReadOutput(ref Utf8JsonReader reader)
    {
        string? output = null;
        while (NextName(ref reader) is { } name)
        {
            if (name == "name")
            {
                output = Text(ref reader, "name of an output");
            }
            else
            {
                reader.Skip();
            }
        }

        Outputs.Add(output ?? throw Bad("An output needs a name."));
    }

    private void ReadParameters(ref Utf8JsonReader reader)
    {
        Expect(reader.TokenType == JsonTokenType.StartObject, "The parameters must be a JSON object.");
        while (NextName(ref reader) is { } name)
        {
            if (name is (InferRequest.BudgetName or InferRequest.DeadlineName) && reader.TokenType != JsonTokenType.Null)
            {
                Parameters[name] = reader.TokenType == JsonTokenType.Number ? reader.GetDouble() : null;
            }

            reader.Skip();
        }
    }

    private static void ReadContentType(ref Utf8JsonReader reader, RequestTensor tensor)
    {
        Expect(reader.TokenType == JsonTokenType.StartObject, "The parameters of an input must be a JSON object.");
        while (NextName(ref reader) is { } name)
        {
            if (name == "content_type")
            {
                tensor.ContentType = Text(ref reader, name);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void ReadData(ref Utf8JsonReader reader, RequestTensor tensor)
    {
        Expect(reader.TokenType == JsonTokenType.StartArray, "The data of an input must be a JSON array.");
        var depth = reader.CurrentDepth;
        while (reader.Read() && !(reader.TokenType == JsonTokenType.EndArray && reader.CurrentDepth == depth))
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.Number:
                    tensor.Numbers.Add(Number(ref reader, tensor));
                    break;
                case JsonTokenType.String:
                    tensor.Texts.Add(reader.TryGetBytesFromBase64(out var file) ? file : throw Bad("A text in the data is not base64."));
                    break;
                case JsonTokenType.StartArray or JsonTokenType.EndArray:
                    break;
                default:
                    throw Bad("Data must be numbers, or texts in base64.");
            }
        }
    }

    // Of millions: no text of an error is made for those that are right.
    private float Number(ref Utf8JsonReader reader, RequestTensor tensor)
    {
        var value = (float)reader.GetDouble();
        return tensor.Numbers.Count >= _mostNumbers ? throw Bad($"A tensor may have at most {_mostNumbers} values.")
            : float.IsFinite(value) ? value
            : throw Bad("A value is too large for FP32.");
    }
}
