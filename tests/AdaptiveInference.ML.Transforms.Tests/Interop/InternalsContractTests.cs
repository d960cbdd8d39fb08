using System.Reflection;
using Microsoft.ML;

namespace AdaptiveInference.ML.Transforms.Tests.Interop;

/// <summary>
/// The members of ML.NET that Interop uses although they are internal. When an update removes or renames one, this says which, in place
/// of a failure somewhere inside saving or loading.
/// </summary>
[TestClass]
public sealed class InternalsContractTests
{
    private const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    private static readonly Assembly Core = typeof(ITransformer).Assembly;

    [TestMethod]
    [DataRow("Microsoft.ML.ModelSaveContext", "CheckAtModel")]
    [DataRow("Microsoft.ML.ModelSaveContext", "SetVersionInfo")]
    [DataRow("Microsoft.ML.ModelSaveContext", "Writer")]
    [DataRow("Microsoft.ML.ModelSaveContext", "SaveModel")]
    [DataRow("Microsoft.ML.ModelLoadContext", "CheckAtModel")]
    [DataRow("Microsoft.ML.ModelLoadContext", "Reader")]
    [DataRow("Microsoft.ML.ModelLoadContext", "Header")]
    [DataRow("Microsoft.ML.ModelLoadContext", "LoadModelOrNull")]
    [DataRow("Microsoft.ML.ModelHeader", "ModelVerReadable")]
    [DataRow("Microsoft.ML.SchemaShape", "TryFindColumn")]
    [DataRow("Microsoft.ML.SchemaShape", "Create")]
    public void Core_MemberInUse_Exists(string type, string member)
        => Assert.AreNotEqual(0, Core.GetType(type, throwOnError: true)!.GetMember(member, Any).Length);

    [TestMethod]
    public void Core_ConstructorsInUse_TakeTheArgumentsThatAreGiven()
    {
        var version = Core.GetType(
            "Microsoft.ML.VersionInfo", throwOnError: true)!.GetConstructors(Any).Single(c => c.GetParameters().Length > 0);
        CollectionAssert.AreEqual(
            new[]
            {
                "modelSignature", "verWrittenCur", "verReadableCur", "verWeCanReadBack", "loaderAssemblyName", "loaderSignature",
                "loaderSignatureAlt",
            },
            version.GetParameters().Select(parameter => parameter.Name).ToArray());
        CollectionAssert.AreEqual(
            new[] { "normalization", "calibration", "caching", "supportValid", "supportIncrementalTrain", "supportTest" },
            typeof(TrainerInfo).GetConstructors(Any).Single().GetParameters().Select(parameter => parameter.Name).ToArray());
        var column = typeof(SchemaShape.Column).GetConstructors(Any).Single();
        Assert.HasCount(5, column.GetParameters());
    }

    [TestMethod]
    public void Data_CatalogsInUse_CarryTheirEnvironment()
    {
        var catalog = typeof(TrainCatalogBase).Assembly.GetType("Microsoft.ML.Data.IInternalCatalog", throwOnError: true)!;

        Assert.IsNotNull(catalog.GetProperty("Environment"));
        Type[] types = [typeof(TrainCatalogBase), typeof(TrainCatalogBase.CatalogInstantiatorBase), typeof(ModelOperationsCatalog)];
        foreach (var type in types)
        {
            Assert.IsTrue(catalog.IsAssignableFrom(type), type.Name);
        }
    }

    [TestMethod]
    public void Data_InterfaceOfOnnxConversion_AsksForWhatIsImplemented()
    {
        var step = typeof(TrainCatalogBase).Assembly.GetType("Microsoft.ML.Model.OnnxConverter.ITransformCanSaveOnnx", throwOnError: true)!;

        CollectionAssert.AreEquivalent(
            new[] { "ISaveAsOnnx", "ICanSaveOnnx", "IDataTransform", "IDataView", "ICanSaveModel" },
            step.GetInterfaces().Select(asked => asked.Name).ToArray());
        CollectionAssert.AreEquivalent(
            new[] { "SaveAsOnnx", "CanSaveOnnx", "get_Source", "Save" },
            step.GetInterfaces()
                .Where(asked => asked != typeof(IDataView)).SelectMany(asked => asked.GetMethods()).Select(m => m.Name).ToArray());
    }
}
