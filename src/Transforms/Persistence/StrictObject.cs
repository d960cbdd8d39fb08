using System.Text.Json;
using AdaptiveInference.ML.Transforms.Limits;

namespace AdaptiveInference.ML.Transforms.Persistence;

/// <summary>
/// A JSON object that has exactly the members which are asked for: the right number of them, and each by its name and type.
/// </summary>
internal readonly struct StrictObject
{
    private readonly JsonElement _element;

    /// <param name="what">What it is, as an error begins with it.</param>
    /// <param name="element">The object.</param>
    /// <param name="members">How many it has.</param>
    /// <param name="optional">Names of more that it may have.</param>
    /// <exception cref="JsonException">It is no object or has another number of members.</exception>
    public StrictObject(string what, JsonElement element, int members, params ReadOnlySpan<string> optional)
    {
        _element = element.ValueKind == JsonValueKind.Object
            ? element
            : throw new JsonException($"{what} must be an object, got {element.ValueKind}.");
        foreach (var name in optional)
        {
            members += Has(name) ? 1 : 0;
        }

        var count = element.GetPropertyCount();
        if (count != members)
        {
            throw new JsonException($"{what} has {count} members instead of {members}.");
        }
    }

    public bool Has(string name) => _element.TryGetProperty(name, out _);

    public bool True(string name) => Require(Member(name), JsonValueKind.True, $"'{name}' as true").GetBoolean();

    public StrictObject Object(string name, int members) => new($"'{name}'", Member(name), members);

    public JsonElement Array(string name) => Require(Member(name), JsonValueKind.Array, $"'{name}' as an array");

    public bool IsNull(string name) => Member(name).ValueKind == JsonValueKind.Null;

    public string Text(string name) => TextOf(Member(name), name);

    public string? TextOrNull(string name) => IsNull(name) ? null : Text(name);

    public string[] Texts(string name)
    {
        var array = Array(name);
        var texts = new string[array.GetArrayLength()];
        var i = 0;
        foreach (var element in array.EnumerateArray())
        {
            texts[i++] = TextOf(element, name);
        }

        return texts;
    }

    public int Integer(string name) => IntegerOf(Member(name), name);

    public int[] Integers(string name)
    {
        var array = Array(name);
        var integers = new int[array.GetArrayLength()];
        var i = 0;
        foreach (var element in array.EnumerateArray())
        {
            integers[i++] = IntegerOf(element, name);
        }

        return integers;
    }

    public bool Boolean(string name) => Has(name) && Member(name).ValueKind is JsonValueKind.False ? false : True(name);

    /// <summary>A whole number of 0 or more.</summary>
    public long Count(string name)
        => Require(Member(name), JsonValueKind.Number, $"'{name}' as a number").TryGetInt64(out var value) && value >= 0
            ? value
            : throw new JsonException($"'{name}' is not a whole number of 0 or more.");

    /// <summary>A number from 0 to 1.</summary>
    public double Share(string name)
        => Double(name) is >= 0 and <= 1 and var value ? value : throw new JsonException($"'{name}' is not a number from 0 to 1.");

    public double? ShareOrNull(string name) => IsNull(name) ? null : Share(name);

    public JsonElement Element(string name) => Member(name);

    public float Number(string name) => NumberOf(Member(name), name);

    public float[] Numbers(string name)
    {
        var array = Array(name);
        var numbers = new float[array.GetArrayLength()];
        var i = 0;
        foreach (var element in array.EnumerateArray())
        {
            numbers[i++] = NumberOf(element, name);
        }

        return numbers;
    }

    public double Double(string name) => DoubleOf(Member(name), name);

    public double[] Doubles(string name)
    {
        var array = Array(name);
        var numbers = new double[array.GetArrayLength()];
        var i = 0;
        foreach (var element in array.EnumerateArray())
        {
            numbers[i++] = DoubleOf(element, name);
        }

        return numbers;
    }

    public long Long(string name)
        => Require(Member(name), JsonValueKind.Number, $"'{name}' as a number").TryGetInt64(out var value)
            ? value
            : throw new JsonException($"'{name}' is not a whole number of 64 bits.");

    /// <summary>An enumeration's value by its name; its number is refused.</summary>
    public T Name<T>(string name)
        where T : struct, Enum
    {
        var text = Text(name);
        return Enum.TryParse(typeof(T), text, out var value) && value.ToString() == text
            ? (T)value
            : throw new JsonException($"'{name}' cannot be '{QuotedText.Short(text)}'.");
    }

    private static string TextOf(JsonElement element, string name)
    {
        try
        {
            return Require(element, JsonValueKind.String, $"'{name}' as text").GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw new JsonException($"'{name}' is not valid UTF-8.", error);
        }
    }

    private static int IntegerOf(JsonElement element, string name)
        => Require(element, JsonValueKind.Number, $"'{name}' as a number").TryGetInt32(out var value)
            ? value
            : throw new JsonException($"'{name}' is not a whole number of 32 bits.");

    private static float NumberOf(JsonElement element, string name)
        => Require(element, JsonValueKind.Number, $"'{name}' as a number").GetSingle();

    private static double DoubleOf(JsonElement element, string name)
        => Require(element, JsonValueKind.Number, $"'{name}' as a number").GetDouble();

    private static JsonElement Require(JsonElement element, JsonValueKind kind, string expected)
        => element.ValueKind == kind ? element : throw new JsonException($"Expected {expected}, got {element.ValueKind}.");

    private JsonElement Member(string name)
        => _element.TryGetProperty(name, out var member) ? member : throw new JsonException($"The member '{name}' is missing.");
}
