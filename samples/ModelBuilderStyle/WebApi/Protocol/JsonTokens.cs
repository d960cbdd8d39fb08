using System.Text.Json;
using static ModelBuilderStyle.WebApi.RequestProblem;

namespace ModelBuilderStyle.WebApi.Protocol;

/// <summary>Reads what a request's JSON is made of; what is of another form is a problem for the one who sent it.</summary>
internal static class JsonTokens
{
    /// <summary>Most items of a list, unless it is of data.</summary>
    public const int MostItems = 64;

    /// <summary>Reads one item.</summary>
    /// <param name="reader">Stands at its beginning.</param>
    public delegate void Item(ref Utf8JsonReader reader);

    /// <summary>An array of sizes.</summary>
    public static List<long> Shape(ref Utf8JsonReader reader)
    {
        Expect(reader.TokenType == JsonTokenType.StartArray, "The shape must be an array of whole numbers.");
        var shape = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Expect(
                reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var size) && size >= 0 && shape.Count < MostItems,
                "The shape must be an array of whole numbers of 0 or more.");
            shape.Add(reader.GetInt64());
        }

        return shape;
    }

    /// <summary>An array of objects.</summary>
    public static void ReadItems(ref Utf8JsonReader reader, string name, Item read)
    {
        Expect(reader.TokenType == JsonTokenType.StartArray, $"'{name}' must be a JSON array.");
        for (var count = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
        {
            Expect(reader.TokenType == JsonTokenType.StartObject, $"'{name}' must hold JSON objects.");
            Expect(count < MostItems, $"'{name}' may have at most {MostItems} items.");
            read(ref reader);
        }
    }

    /// <summary>Moves to the next property's value; null at the end of the object.</summary>
    public static string? NextName(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.EndObject)
        {
            return null;
        }

        string name;
        try
        {
            name = reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Bad("A name is no valid Unicode.");
        }

        reader.Read();
        return name;
    }

    /// <summary>A text.</summary>
    public static string Text(ref Utf8JsonReader reader, string what)
    {
        Expect(reader.TokenType == JsonTokenType.String, $"The {what} must be a text.");
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Bad($"The {what} is no valid Unicode.");
        }
    }

    /// <summary>Says what is wrong where something does not hold.</summary>
    public static void Expect(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw Bad(otherwise);
        }
    }
}
