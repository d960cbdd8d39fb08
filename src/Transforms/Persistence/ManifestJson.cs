using System.Text.Json;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Model;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Transforms.Persistence;

/// <summary>
/// Writes and reads a manifest member by member. A serializer would do it in fewer lines, but the first use of one compiles hundreds of
/// methods, which takes a good part of the time in which a fresh process loads a model and predicts.
/// </summary>
/// <remarks>
/// Reading is strict: every member must be there once and of its type, and there may be no other. Only blocksPerStage,
/// bottleneck, stemWidth, stridesFirst, averagesHeads, budget, flatLayout, resizing, meanImage, int8, guarantee and refusal are missing
/// where they are as in files from before there was a choice.
/// </remarks>
internal static class ManifestJson
{
    private const string BlocksPerStage = "blocksPerStage";
    private const string Bottleneck = "bottleneck";
    private const string StemWidth = "stemWidth";
    private const string StridesFirst = "stridesFirst";
    private const string MeanImage = "meanImage";
    private const string AveragesHeads = "averagesHeads";
    private const string Budget = "budget";
    private const string FlatLayout = "flatLayout";
    private const string Resizing = "resizing";

    public static byte[] Write(ModelManifest manifest)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("network", manifest.Network.ToString());
            writer.WriteString("style", manifest.Style.ToString());
            writer.WriteNumber("depth", manifest.Depth);
            if (manifest.Stages is { } stages)
            {
                Write(writer, stages);
            }

            if (manifest.StemWidth is { } width)
            {
                writer.WriteNumber(StemWidth, width);
            }

            if (manifest.StridesFirst)
            {
                writer.WriteBoolean(StridesFirst, true);
            }

            writer.WriteString("gate", manifest.Gate.ToString());
            writer.WriteNumber("channels", manifest.Channels);
            writer.WriteNumber("height", manifest.Height);
            writer.WriteNumber("width", manifest.Width);
            writer.WriteString("head", manifest.Head.ToString());
            writer.WriteStartArray("exits");
            foreach (var exit in manifest.Exits)
            {
                writer.WriteStartObject();
                writer.WriteNumber("afterBlock", exit.AfterBlock);
                writer.WriteString("head", exit.Head.ToString());
                writer.WriteNumber("confidence", exit.Confidence);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            if (manifest.AveragesHeads)
            {
                writer.WriteBoolean(AveragesHeads, true);
            }

            WriteNumber(writer, "gateThreshold", manifest.GateThreshold);
            if (manifest.Budget is { } budget)
            {
                writer.WriteNumber(Budget, budget);
            }

            if (manifest.FlatLayout != default)
            {
                writer.WriteString(FlatLayout, manifest.FlatLayout.ToString());
            }

            if (manifest.Resizing != ResizingKind.Fill)
            {
                writer.WriteString(Resizing, manifest.Resizing.ToString());
            }

            WriteNumbers(writer, "channelMean", manifest.ChannelMean);
            WriteNumbers(writer, "channelStandardDeviation", manifest.ChannelStandardDeviation);
            if (manifest.MeanImage is { } size)
            {
                writer.WriteStartObject(MeanImage);
                writer.WriteNumber("height", size.Height);
                writer.WriteNumber("width", size.Width);
                writer.WriteEndObject();
            }

            Write(writer, manifest.Classes);
            Write(writer, manifest.Columns);
            if (manifest.Int8 is { } int8)
            {
                ManifestInt8.Write(writer, int8);
            }

            if (manifest.Guarantee is { } guarantee)
            {
                ManifestPromises.Write(writer, guarantee);
            }

            if (manifest.Refusal is { } refusal)
            {
                ManifestPromises.Write(writer, refusal, manifest.Columns.Accepted!);
            }

            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <exception cref="JsonException">The text is not a manifest.</exception>
    public static ModelManifest Read(ReadOnlyMemory<byte> json)
    {
        using var document = BoundedJson.Parse(json);
        var root = new StrictObject(
            "It", document.RootElement, members: 14,
            BlocksPerStage, Bottleneck, StemWidth, StridesFirst, AveragesHeads, Budget, FlatLayout, Resizing, MeanImage,
            ManifestInt8.Name, ManifestPromises.Guarantee, ManifestPromises.Refusal);
        var classes = root.Object("classes", members: 4);
        var columns = root.Object("columns", members: 5);
        var refusal = root.Has(ManifestPromises.Refusal)
            ? ManifestPromises.ReadRefusal(root.Element(ManifestPromises.Refusal))
            : default((RefusalGuarantee Refusal, string Column)?);
        return new ModelManifest
        {
            Network = root.Name<NetworkKind>("network"),
            Style = root.Name<ResNetStyle>("style"),
            Depth = root.Integer("depth"),
            Stages = ReadStages(root),
            StemWidth = root.Has(StemWidth) ? root.Integer(StemWidth) : null,
            StridesFirst = root.Has(StridesFirst) && root.True(StridesFirst),
            Gate = root.Name<GateKind>("gate"),
            Channels = root.Integer("channels"),
            Height = root.Integer("height"),
            Width = root.Integer("width"),
            Head = root.Name<HeadKind>("head"),
            Exits = ReadExits(root),
            AveragesHeads = root.Has(AveragesHeads) && root.True(AveragesHeads),
            GateThreshold = root.IsNull("gateThreshold") ? null : root.Number("gateThreshold"),
            Budget = root.Has(Budget) ? root.Number(Budget) : null,
            FlatLayout = root.Has(FlatLayout) ? root.Name<PixelLayout>(FlatLayout) : default,
            Resizing = root.Has(Resizing) ? root.Name<ResizingKind>(Resizing) : ResizingKind.Fill,
            ChannelMean = root.Numbers("channelMean"),
            ChannelStandardDeviation = root.Numbers("channelStandardDeviation"),
            MeanImage = root.Has(MeanImage) ? ReadSize(root.Object(MeanImage, members: 2)) : null,
            Classes = new ManifestClasses(
                classes.Integer("keyBits"),
                classes.Texts("names"),
                classes.TextOrNull("valueType"),
                classes.IsNull("values") ? null : classes.Texts("values")),
            Columns = new ScoringColumns(
                columns.Text("features"),
                columns.Text("score"),
                columns.Text("predictedLabel"),
                columns.TextOrNull("executionPath"),
                columns.TextOrNull("computeFraction"),
                refusal?.Column),
            Int8 = root.Has(ManifestInt8.Name) ? ManifestInt8.Read(root.Element(ManifestInt8.Name)) : null,
            Guarantee = root.Has(ManifestPromises.Guarantee)
                ? ManifestPromises.ReadGuarantee(root.Element(ManifestPromises.Guarantee))
                : null,
            Refusal = refusal?.Refusal,
        };
    }

    private static ManifestSize ReadSize(StrictObject size) => new(size.Integer("height"), size.Integer("width"));

    private static ManifestStages? ReadStages(StrictObject root)
    {
        var hasBottlenecks = root.Has(Bottleneck) && root.True(Bottleneck);
        return root.Has(BlocksPerStage) ? new ManifestStages(root.Integers(BlocksPerStage), hasBottlenecks)
            : hasBottlenecks ? throw new JsonException($"'{Bottleneck}' stands without '{BlocksPerStage}'.")
            : null;
    }

    private static ManifestExit[] ReadExits(StrictObject root)
    {
        var array = root.Array("exits");
        var exits = new ManifestExit[array.GetArrayLength()];
        var i = 0;
        foreach (var element in array.EnumerateArray())
        {
            var exit = new StrictObject("An exit", element, members: 3);
            exits[i++] = new ManifestExit(exit.Integer("afterBlock"), exit.Name<HeadKind>("head"), exit.Number("confidence"));
        }

        return exits;
    }

    private static void Write(Utf8JsonWriter writer, ManifestStages stages)
    {
        writer.WriteStartArray(BlocksPerStage);
        foreach (var blocks in stages.Blocks)
        {
            writer.WriteNumberValue(blocks);
        }

        writer.WriteEndArray();
        if (stages.AreBottlenecks)
        {
            writer.WriteBoolean(Bottleneck, true);
        }
    }

    private static void Write(Utf8JsonWriter writer, ManifestClasses classes)
    {
        writer.WriteStartObject("classes");
        writer.WriteNumber("keyBits", classes.KeyBits);
        WriteTexts(writer, "names", classes.Names);
        writer.WriteString("valueType", classes.ValueType);
        WriteTexts(writer, "values", classes.Values);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, ScoringColumns columns)
    {
        writer.WriteStartObject("columns");
        writer.WriteString("features", columns.Features);
        writer.WriteString("score", columns.Score);
        writer.WriteString("predictedLabel", columns.PredictedLabel);
        writer.WriteString("executionPath", columns.ExecutionPath);
        writer.WriteString("computeFraction", columns.ComputeFraction);
        writer.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter writer, string name, float? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    private static void WriteNumbers(Utf8JsonWriter writer, string name, float[] values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values)
        {
            writer.WriteNumberValue(value);
        }

        writer.WriteEndArray();
    }

    private static void WriteTexts(Utf8JsonWriter writer, string name, string[]? texts)
    {
        if (texts is null)
        {
            writer.WriteNull(name);
            return;
        }

        writer.WriteStartArray(name);
        foreach (var text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }
}
