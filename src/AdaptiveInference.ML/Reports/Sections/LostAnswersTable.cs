using System.Xml.Linq;
using AdaptiveInference.ML.Reports.Data;
using AdaptiveInference.ML.Reports.Drawing;

namespace AdaptiveInference.ML.Reports.Sections;

/// <summary>What a certificate does not speak of: exits and classes by themselves, with bounds that hold all together.</summary>
internal static class LostAnswersTable
{
    /// <summary>With more classes, those recognised worst; bounds are for all of them, so that the choice costs nothing.</summary>
    private const int MostClasses = 25;

    private const string Together =
        "The bounds of this table are exact (Clopper–Pearson) and hold all together with a confidence of 95 % (Bonferroni), for images "
        + "drawn as these were, if these chose no setting.";

    /// <summary>Where the network as it is set falls short of the whole network; null without the model.</summary>
    public static XElement? Lost(ReportModel model)
    {
        if (model.Dial is not { } dial)
        {
            return null;
        }

        var (heads, classes) = (dial.Lost.Heads, dial.Lost.Classes);
        var hasExits = heads.Count > 1;
        var bounds = new GroupBounds((hasExits ? heads.Count : 0) + classes.Count(group => group.Images > 0));
        IReadOnlyList<object> Row(object name, (long Images, long Lost) group) =>
        [
            name, TextFormat.Count(group.Images), TextFormat.Count(group.Lost),
            TextFormat.Percent(group.Images == 0 ? double.NaN : group.Lost / (double)group.Images),
            TextFormat.Percent(group.Images == 0 ? double.NaN : bounds.AtMost(group.Lost, group.Images)),
        ];
        var byHead = hasExits ? heads.Index().Select(head => Row(NameOf(model, head.Index), head.Item)) : [];
        var byClass = model.ClassesToShow(MostClasses).Where(label => classes[label].Images > 0)
            .Select(label => Row(Html.Name(model.Rows.ClassNames[label]), classes[label]));
        return Html.Of(
            "div", "card",
            Html.Element("h3", "Lost against the whole network, by exit and class"),
            Html.Element(
                "p", "An image is lost when the network as it is set answers wrongly and the whole network rightly. ", Together,
                " A certificate is about the mean over all images: a group may lose more."),
            Html.Scroll("Lost by exit and class", Html.Table(
                "Images lost against the whole network", ["Left at, or class", "Images", "Lost", "Share", "At most"],
                [.. byHead, .. byClass])));
    }

    /// <summary>How often each class is answered wrongly, of all answers and of those that are accepted.</summary>
    public static XElement Wrong(ReportModel model)
    {
        var rows = model.Rows;
        int[] present = [.. Enumerable.Range(0, rows.ClassNames.Count).Where(label => rows.RowsOf(label) > 0)];
        var refuses = rows.HasAccepted;
        var bounds = new GroupBounds(2 * present.Length * (refuses ? 2 : 1));
        string[] header = ["Class", "Images", "Wrong", "From", "To"];
        return Html.Of(
            "div", "card",
            Html.Element("h3", "Wrong answers by class"),
            Html.Element("p", Together),
            Html.Scroll("Wrong by class", Html.Table(
                refuses ? "Wrong answers by class, of all and of those accepted" : "Wrong answers by class",
                refuses ? [.. header, "Accepted", "Wrong among them", "From", "To"] : header,
                model.ClassesToShow(MostClasses).Select(label =>
                {
                    var (images, right) = (rows.RowsOf(label), rows.Confusion.GetValueOrDefault((label, label)));
                    var (accepted, wrong) = rows.AcceptedOf(label);
                    object[] all = [Html.Name(rows.ClassNames[label]), TextFormat.Count(images), .. Shares(bounds, images - right, images)];
                    return (IReadOnlyList<object>)(refuses
                        ? [.. all, TextFormat.Percent(accepted / (double)images), .. Shares(bounds, wrong, accepted)] : all);
                }))));
    }

    private static object[] Shares(GroupBounds bounds, long count, long images)
        => images == 0 ? ["–", "–", "–"]
            :
            [
                TextFormat.Percent(count / (double)images), TextFormat.Percent(bounds.AtLeast(count, images)),
                TextFormat.Percent(bounds.AtMost(count, images)),
            ];

    private static string NameOf(ReportModel model, int head)
    {
        var exits = model.Options.Model!.Exits;
        return head == exits.Count ? "the last head" : $"exit behind {model.Options.Model.Blocks[exits[head].AfterBlock].Name}";
    }
}
