using System.Text;
using System.Text.Json;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Persistence;
using ResizingKind = Microsoft.ML.Transforms.Image.ImageResizingEstimator.ResizingKind;

namespace AdaptiveInference.ML.Transforms.Tests.Persistence;

/// <summary>The format of saved models: files out in the world have exactly this text.</summary>
[TestClass]
public sealed class ManifestJsonTests
{
    private const string Text =
        """{"network":"SkipNet","style":"Cifar","depth":38,"gate":"FeedForwardII","channels":3,"height":32,"width":30,"head":"""
        + "\"Grid\",\"exits\":"
        + """[{"afterBlock":1,"head":"Pooled","confidence":0.875},{"afterBlock":4,"head":"Grid","confidence":1}],"gateThreshold":"""
        + """0.1,"channelMean":[125.3,123,113.9],"channelStandardDeviation":[63,62.1,66.7],"classes":"""
        + """{"keyBits":32,"names":["a","\u00E9"],"valueType":"Int32","values":["7","-8"]},"columns":"""
        + """{"features":"Image","score":"Score","predictedLabel":"PredictedLabel","executionPath":"""
        + """null,"computeFraction":"ComputeFraction"}}""";

    private static readonly ModelManifest Manifest = new()
    {
        Network = NetworkKind.SkipNet,
        Style = ResNetStyle.Cifar,
        Depth = 38,
        Gate = GateKind.FeedForwardII,
        Channels = 3,
        Height = 32,
        Width = 30,
        Head = HeadKind.Grid,
        Exits = [new ManifestExit(1, HeadKind.Pooled, 0.875f), new ManifestExit(4, HeadKind.Grid, 1)],
        AveragesHeads = false,
        FlatLayout = PixelLayout.Planar,
        GateThreshold = 0.1f,
        ChannelMean = [125.3f, 123, 113.9f],
        ChannelStandardDeviation = [63, 62.1f, 66.7f],
        Classes = new ManifestClasses(32, ["a", "é"], "Int32", ["7", "-8"]),
        Columns = new ScoringColumns("Image", "Score", "PredictedLabel", null, "ComputeFraction"),
    };

    [TestMethod]
    public void Write_EveryMember_IsTheFormat() => Assert.AreEqual(Text, Encoding.UTF8.GetString(ManifestJson.Write(Manifest)));

    [TestMethod]
    public void Read_TheFormat_GivesEveryMember()
    {
        var read = Read(Text);

        Assert.AreEqual(Text, Encoding.UTF8.GetString(ManifestJson.Write(read)));
        Assert.AreEqual(0.1f, read.GateThreshold);
        Assert.IsNull(read.Columns.ExecutionPath);
        Assert.AreEqual("é", read.Classes.Names[1]);
    }

    private const string Guarantee =
        "{\"rows\":500,\"errors\":2,\"maximumDrop\":0.01,\"confidence\":0.95,\"upperBound\":0.0075,\"meanComputeFraction\":0.25,"
        + "\"hasLabels\":true,\"wholeNetworkAccuracy\":0.9,\"labelsFit\":true,\"labelsByPosition\":false,\"rowsWithoutLabel\":1,"
        + "\"rowsOfOtherClasses\":2,\"rowsOfSameGroup\":4}";

    private const string Refusal =
        "{\"column\":\"Sure\",\"score\":\"Energy\",\"threshold\":1.5,\"rows\":500,\"accepted\":400,\"errors\":4,\"maximumRisk\":0.02,"
        + "\"confidence\":0.95,\"upperBound\":0.0195,\"accuracy\":0.75,\"labelsFit\":true,\"labelsByPosition\":true,"
        + "\"rowsWithoutLabel\":3,\"rowsOfOtherClasses\":5,\"rowsOfSameGroup\":6}";

    [TestMethod]
    public void Write_Promises_AreMembersThatReadBack()
    {
        var text = Promising(Guarantee, Refusal);
        var read = Read(text);

        Assert.AreEqual(text, Encoding.UTF8.GetString(ManifestJson.Write(read)));
        Assert.AreEqual(
            (500L, 2L, 7L, 0.0075), (read.Guarantee!.Rows, read.Guarantee.Errors, read.Guarantee.RowsLeftOut, read.Guarantee.UpperBound));
        Assert.AreEqual((1L, 2L, 4L), (read.Guarantee.RowsWithoutLabel, read.Guarantee.RowsOfOtherClasses, read.Guarantee.RowsOfSameGroup));
        Assert.AreEqual(0.9, read.Guarantee.WholeNetworkAccuracy);
        Assert.AreEqual((true, false), (read.Guarantee.LabelsFit, read.Guarantee.LabelsByPosition));
        Assert.AreEqual((9L, 0.75, true, true),
            (read.Refusal!.RowsLeftOut, read.Refusal.Accuracy, read.Refusal.LabelsFit, read.Refusal.LabelsByPosition));
        Assert.AreEqual((1.5f, RefusalScore.Energy, 400L), (read.Refusal!.Threshold, read.Refusal.Score, read.Refusal.Accepted));
        Assert.AreEqual("Sure", read.Columns.Accepted);
        Assert.IsNull(Read(Text).Guarantee);
        Assert.IsNull(Read(Text).Refusal);
    }

    [TestMethod]
    [DataRow("\"errors\":2", "\"errors\":501")]
    [DataRow("\"rows\":500,\"errors\":2", "\"rows\":-1,\"errors\":-2")]
    [DataRow("\"maximumDrop\":0.01", "\"maximumDrop\":1e400")]
    [DataRow("\"maximumDrop\":0.01", "\"maximumDrop\":-0.01")]
    [DataRow("\"hasLabels\":true", "\"hasLabels\":0")]
    [DataRow("\"hasLabels\":true", "\"hasLabels\":false")]
    [DataRow("\"wholeNetworkAccuracy\":0.9,", "")]
    [DataRow("\"wholeNetworkAccuracy\":0.9", "\"wholeNetworkAccuracy\":1.1")]
    [DataRow("\"labelsFit\":true", "\"labelsFit\":false")]
    [DataRow("\"accuracy\":0.75", "\"accuracy\":-0.1")]
    [DataRow("\"rowsOfSameGroup\":4", "\"rowsOfSameGroup\":9223372036854775807")]
    [DataRow("\"upperBound\":0.0075", "\"upperBound\":0.02")]
    [DataRow("\"confidence\":0.95", "\"confidence\":1")]
    [DataRow("\"accepted\":400", "\"accepted\":501")]
    [DataRow("\"errors\":4", "\"errors\":401")]
    [DataRow("\"threshold\":1.5,", "")]
    [DataRow("\"threshold\":1.5", "\"threshold\":1e39")]
    [DataRow("\"score\":\"Energy\"", "\"score\":\"1\"")]
    [DataRow("\"rowsWithoutLabel\":1", "\"rowsWithoutLabel\":1,\"rowsNeeded\":-1")]
    public void Read_PromisesThatCannotBe_AreRefused(string from, string to)
    {
        var text = Promising(Guarantee, Refusal).Replace(from, to, StringComparison.Ordinal);

        Assert.AreNotEqual(Promising(Guarantee, Refusal), text);
        Assert.Throws<JsonException>(() => Read(text));
    }

    private static string Promising(string guarantee, string refusal)
        => Text[..^1] + $",\"guarantee\":{guarantee},\"refusal\":{refusal}}}";

    [TestMethod]
    public void Write_BudgetOfGates_IsAMemberThatReadsBack()
    {
        var text = Encoding.UTF8.GetString(ManifestJson.Write(Manifest with { Budget = 0.4f }));

        Assert.AreEqual(Text.Replace("\"gateThreshold\":0.1,", "\"gateThreshold\":0.1,\"budget\":0.4,"), text);
        Assert.AreEqual(0.4f, Read(text).Budget);
        Assert.AreEqual(0.4f, Read(text).ToPolicy().Budget);
        Assert.IsTrue(Read(text).ToBlocks().Spec.AnyBudget);
        Assert.IsNull(Read(Text).Budget);
        Assert.IsFalse(Read(Text).ToBlocks().Spec.AnyBudget);
    }

    [TestMethod]
    [DataRow("1.5")]
    [DataRow("-0.1")]
    [DataRow("1e39")]
    public void ToPolicy_BudgetThatCannotBe_IsRefused(string budget)
        => Assert.Throws<Exception>(() => Read(Text[..^1] + $",\"budget\":{budget}}}").ToPolicy());

    [TestMethod]
    public void ToBlocks_BudgetWithoutGates_IsRefused()
        => Assert.ThrowsExactly<ArgumentException>(() => (Manifest with { Network = NetworkKind.ResNet, Budget = 0.5f }).ToBlocks());

    [TestMethod]
    public void Write_InterleavedVectors_AreAMemberThatReadsBack()
    {
        var text = Encoding.UTF8.GetString(ManifestJson.Write(Manifest with { FlatLayout = PixelLayout.Interleaved }));

        Assert.AreEqual(Text.Replace("\"gateThreshold\":0.1,", "\"gateThreshold\":0.1,\"flatLayout\":\"Interleaved\","), text);
        Assert.AreEqual(PixelLayout.Interleaved, Read(text).FlatLayout);
        Assert.AreEqual(PixelLayout.Planar, Read(Text).FlatLayout);
    }

    [TestMethod]
    [DataRow(ResizingKind.IsoCrop)]
    [DataRow(ResizingKind.IsoPad)]
    public void Write_ImagesThatAreNotSquashed_AreAMemberThatReadsBack(ResizingKind kind)
    {
        var text = Encoding.UTF8.GetString(ManifestJson.Write(Manifest with { Resizing = kind }));

        Assert.AreEqual(Text.Replace("\"gateThreshold\":0.1,", $"\"gateThreshold\":0.1,\"resizing\":\"{kind}\","), text);
        Assert.AreEqual(kind, Read(text).Resizing);
        Assert.AreEqual(ResizingKind.Fill, Read(Text).Resizing);
    }

    [TestMethod]
    [DataRow("\"IsoStretch\"")]
    [DataRow("0")]
    [DataRow("null")]
    public void Read_ResizingThatIsNone_IsRefused(string kind)
        => Assert.ThrowsExactly<JsonException>(
            () => Read(Text.Replace("\"gateThreshold\":0.1,", $"\"gateThreshold\":0.1,\"resizing\":{kind},")));

    [TestMethod]
    public void Read_NullsWhereTheFormatAllowsThem_AreNull()
    {
        var read = Read(Text
            .Replace("\"gateThreshold\":0.1", "\"gateThreshold\":null")
            .Replace("\"valueType\":\"Int32\",\"values\":[\"7\",\"-8\"]", "\"valueType\":null,\"values\":null"));

        Assert.IsNull(read.GateThreshold);
        Assert.IsNull(read.Classes.ValueType);
        Assert.IsNull(read.Classes.Values);
    }

    [TestMethod]
    public void Write_StagesWithoutAName_AreMembersThatReadBack()
    {
        var basic = Encoding.UTF8.GetString(
            ManifestJson.Write(Manifest with { Stages = new ManifestStages([2, 2, 2, 3], AreBottlenecks: false) }));
        var bottlenecks = Encoding.UTF8.GetString(
            ManifestJson.Write(Manifest with { Stages = new ManifestStages([1], AreBottlenecks: true) }));

        Assert.AreEqual(Text.Replace("\"gate\"", "\"blocksPerStage\":[2,2,2,3],\"gate\""), basic);
        Assert.AreEqual(Text.Replace("\"gate\"", "\"blocksPerStage\":[1],\"bottleneck\":true,\"gate\""), bottlenecks);
        CollectionAssert.AreEqual(new[] { 2, 2, 2, 3 }, Read(basic).Stages!.Blocks);
        Assert.IsFalse(Read(basic).Stages!.AreBottlenecks);
        Assert.IsTrue(Read(bottlenecks).Stages!.AreBottlenecks);
        Assert.IsNull(Read(Text).Stages);
    }

    [TestMethod]
    public void Write_WidthAndStride_AreMembersThatReadBack()
    {
        var text = Encoding.UTF8.GetString(ManifestJson.Write(Manifest with { StemWidth = 24, StridesFirst = true }));

        Assert.AreEqual(Text.Replace("\"gate\"", "\"stemWidth\":24,\"stridesFirst\":true,\"gate\""), text);
        Assert.AreEqual(24, Read(text).StemWidth);
        Assert.IsTrue(Read(text).StridesFirst);
        Assert.IsNull(Read(Text).StemWidth);
        Assert.IsFalse(Read(Text).StridesFirst);
    }

    [TestMethod]
    [DataRow("ImageNet", 50, 64, false)]
    [DataRow("Cifar", 20, 16, false)]
    [DataRow("Cifar", 20, 17, false)]
    [DataRow("Cifar", 20, 2048, false)]
    [DataRow("ImageNet", 18, null, true)]
    [DataRow("Cifar", 20, null, true)]
    public void ToBlocks_WidthOrStrideThatIsNone_IsRefused(string style, int depth, int? width, bool stridesFirst)
        => Assert.ThrowsExactly<ArgumentException>(() => (Manifest with
        {
            Style = Enum.Parse<ResNetStyle>(style), Depth = depth, StemWidth = width, StridesFirst = stridesFirst,
        }).ToBlocks());

    [TestMethod]
    [DataRow("\"bottleneck\":true,\"gate\"")]
    [DataRow("\"blocksPerStage\":[1],\"bottleneck\":false,\"gate\"")]
    [DataRow("\"blocksPerStage\":[1.5],\"gate\"")]
    [DataRow("\"blocksPerStage\":null,\"gate\"")]
    [DataRow("\"stemWidth\":null,\"gate\"")]
    [DataRow("\"stridesFirst\":false,\"gate\"")]
    public void Read_StagesThatAreNone_IsRefused(string members)
        => Assert.ThrowsExactly<JsonException>(() => Read(Text.Replace("\"gate\"", members)));

    [TestMethod]
    [DataRow("Cifar", 20, new[] { 2, 2, 2, 3 })]
    [DataRow("ImageNet", 22, new[] { 2, 2, 2, 3 })]
    [DataRow("ImageNet", 18, new[] { 2, 2, 2, 2 })]
    [DataRow("ImageNet", 2, new int[0])]
    public void ToBlocks_StagesThatDoNotGoWithTheRest_IsRefused(string style, int depth, int[] stages)
        => Assert.ThrowsExactly<ArgumentException>(() => (Manifest with
        {
            Style = Enum.Parse<ResNetStyle>(style), Depth = depth, Stages = new ManifestStages(stages, AreBottlenecks: false),
        }).ToBlocks());

    [TestMethod]
    public void Write_MeanImage_IsAMemberThatReadsBack()
    {
        var text = Encoding.UTF8.GetString(ManifestJson.Write(Manifest with { MeanImage = new ManifestSize(7, 14) }));

        Assert.AreEqual(Text.Replace("\"classes\"", "\"meanImage\":{\"height\":7,\"width\":14},\"classes\""), text);
        Assert.AreEqual(new ManifestSize(7, 14), Read(text).MeanImage);
        Assert.IsNull(Read(Text).MeanImage);
    }

    [TestMethod]
    public void ToPolicy_ConfidenceOutOfRange_SaysOfWhichExit()
        => Assert.AreEqual(
            "Confidence of exit 1 must be from 0 to 1, got -0.25.",
            Assert.ThrowsExactly<ArgumentException>(() => (Manifest with
            {
                Exits = [new ManifestExit(1, HeadKind.Pooled, 0.875f), new ManifestExit(4, HeadKind.Grid, -0.25f)],
            }).ToPolicy()).Message);

    [TestMethod]
    public void Write_AveragedHeads_AddsAMember()
    {
        var text = Encoding.UTF8.GetString(ManifestJson.Write(Manifest with { AveragesHeads = true }));

        Assert.AreEqual(Text.Replace("\"gateThreshold\"", "\"averagesHeads\":true,\"gateThreshold\""), text);
        Assert.IsTrue(Read(text).AveragesHeads);
        Assert.IsFalse(Read(Text).AveragesHeads);
    }

    [TestMethod]
    [DataRow("\"depth\":38", "\"depth\":38,\"averagesHeads\":false", "Expected 'averagesHeads' as true, got False.")]
    [DataRow("\"depth\":38", "\"depth\":38,\"int8\":null", "'int8' must be an object, got Null.")]
    [DataRow("\"depth\":38", "\"depth\":38,\"int8\":{}", "'int8' has 0 members instead of 9.")]
    [DataRow("\"depth\":38,", "", "It has 13 members instead of 14.")]
    [DataRow("\"depth\":38", "\"deep\":38", "The member 'depth' is missing.")]
    [DataRow("\"depth\":38", "\"depth\":38,\"more\":1", "It has 15 members instead of 14.")]
    [DataRow("\"depth\":38", "\"depth\":3.8", "'depth' is not a whole number of 32 bits.")]
    [DataRow("\"depth\":38", "\"depth\":\"38\"", "Expected 'depth' as a number, got String.")]
    [DataRow("\"SkipNet\"", "\"1\"", "'network' cannot be '1'.")]
    [DataRow("\"SkipNet\"", "\"skipnet\"", "'network' cannot be 'skipnet'.")]
    [DataRow("\"SkipNet\"", "1", "Expected 'network' as text, got Number.")]
    [DataRow("\"Image\"", "null", "Expected 'features' as text, got Null.")]
    [DataRow("[\"a\",", "[null,", "Expected 'names' as text, got Null.")]
    [DataRow("[125.3,123,113.9]", "7", "Expected 'channelMean' as an array, got Number.")]
    [DataRow("{\"afterBlock\":1,", "[{\"afterBlock\":1,", null)]
    [DataRow("\"channels\":3", "\"depth\":3", null)]
    public void Read_AnythingElse_IsRefused(string part, string instead, string? message)
    {
        Assert.Contains(part, Text);

        var error = Assert.Throws<JsonException>(() => Read(Text.Replace(part, instead)));

        if (message is not null)
        {
            Assert.AreEqual(message, error.Message);
        }
    }

    private static ModelManifest Read(string text) => ManifestJson.Read(Encoding.UTF8.GetBytes(text));
}
