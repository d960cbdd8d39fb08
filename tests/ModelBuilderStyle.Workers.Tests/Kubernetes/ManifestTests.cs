using System.Globalization;
using k8s;
using k8s.Models;

namespace ModelBuilderStyle.Workers.Tests.Kubernetes;

/// <summary>The manifests: every field is one that there is, and what they name fits together and fits the programs.</summary>
[TestClass]
public sealed class ManifestTests
{
    private const string User = "1654";

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Manifests");

    private static IReadOnlyList<object> All => [.. Directory.GetFiles(Folder, "*.yaml").Order(StringComparer.Ordinal).SelectMany(Read)];

    [TestMethod]
    [DataRow("workers.yaml", 1)]
    [DataRow("scaling.yaml", 2)]
    [DataRow("web-api.yaml", 2)]
    [DataRow("kustomization.yaml", 1)]
    public void Manifest_EveryField_IsOneThatThereIs(string file, int kinds) => Assert.HasCount(kinds, Read(Path.Combine(Folder, file)));

    [TestMethod]
    [DataRow("  replicas: 2", "  replicaCount: 2")]
    [DataRow("            periodSeconds: 5", "            period: 5")]
    [DataRow("            readOnlyRootFilesystem: true", "            readOnly: true")]
    public void Manifest_FieldThatThereIsNot_IsFound(string right, string wrong)
    {
        var text = File.ReadAllText(Path.Combine(Folder, "web-api.yaml"));
        Assert.Contains(right, text);

        Assert.Throws<Exception>(() => KubernetesYaml.LoadAllFromString(text.Replace(right, wrong), KedaKinds.Types, strict: true));
    }

    [TestMethod]
    public void Scaling_FieldThatThereIsNot_IsFound()
    {
        var text = File.ReadAllText(Path.Combine(Folder, "scaling.yaml"));

        Assert.Throws<Exception>(
            () => KubernetesYaml.LoadAllFromString(text.Replace("queueName", "queue"), KedaKinds.Types, strict: true));
    }

    [TestMethod]
    public void Scaling_Names_AreThoseOfTheWorkersAndTheirQueue()
    {
        var workers = All.OfType<V1Deployment>().Single(one => one.Metadata.Name.EndsWith("workers", StringComparison.Ordinal));
        var scaled = All.OfType<KedaKinds.ScaledObject>().Single();
        var access = All.OfType<KedaKinds.TriggerAuthentication>().Single();
        var trigger = scaled.Spec.Triggers.Single();

        Assert.AreEqual(workers.Metadata.Name, scaled.Spec.ScaleTargetRef.Name);
        Assert.IsNull(workers.Spec.Replicas);
        Assert.AreEqual(("rabbitmq", "QueueLength"), (trigger.Type, trigger.Metadata.Mode));
        Assert.AreEqual(new WorkerSettings().Queue, trigger.Metadata.QueueName);
        Assert.IsGreaterThan(0, int.Parse(trigger.Metadata.Value, CultureInfo.InvariantCulture));
        Assert.AreEqual(access.Metadata.Name, trigger.AuthenticationRef!.Name);
        var secret = workers.Spec.Template.Spec.Containers.Single().Env
            .Single(one => one.Name == $"{WorkerSettings.Section}__{nameof(WorkerSettings.Broker)}").ValueFrom.SecretKeyRef;
        var target = access.Spec.SecretTargetRef.Single();
        Assert.AreEqual((secret.Name, secret.Key, "host"), (target.Name, target.Key, target.Parameter));
        Assert.Contains(
            All.OfType<KedaKinds.Kustomization>().Single().Images.Single().Name, workers.Spec.Template.Spec.Containers.Single().Image);
        CollectionAssert.AreEquivalent(
            new[] { "workers.yaml", "scaling.yaml" }, All.OfType<KedaKinds.Kustomization>().Single().Resources);
    }

    [TestMethod]
    public void Deployments_Containers_AreNotRootAndCannotWrite()
    {
        foreach (var pod in All.OfType<V1Deployment>().Select(one => one.Spec.Template.Spec))
        {
            var container = pod.Containers.Single();
            Assert.IsTrue(pod.SecurityContext.RunAsNonRoot);
            Assert.AreEqual(User, $"{pod.SecurityContext.RunAsUser}");
            Assert.IsTrue(container.SecurityContext.ReadOnlyRootFilesystem);
            Assert.IsFalse(container.SecurityContext.AllowPrivilegeEscalation);
            CollectionAssert.AreEqual(new[] { "ALL" }, container.SecurityContext.Capabilities.Drop.ToArray());
            Assert.IsTrue(container.VolumeMounts.All(mount => mount.ReadOnlyProperty == true || mount.MountPath == "/tmp"));
            Assert.ContainsSingle(volume => volume.EmptyDir is not null, pod.Volumes);
            CollectionAssert.IsSubsetOf(
                container.VolumeMounts.Select(mount => mount.Name).ToArray(), pod.Volumes.Select(volume => volume.Name).ToArray());
        }
    }

    [TestMethod]
    public void Workers_Settings_AreOnesThatThereAre()
    {
        var pod = All.OfType<V1Deployment>().Select(one => one.Spec.Template.Spec).Single(one => one.Containers[0].Name == "worker");
        var container = pod.Containers.Single();
        var settings = typeof(WorkerSettings).GetProperties().Where(one => one.CanWrite)
            .Select(one => $"{WorkerSettings.Section}__{one.Name}");

        CollectionAssert.IsSubsetOf(container.Env.Select(one => one.Name).ToArray(), settings.ToArray());
        var stop = long.Parse(container.Env.Single(one => one.Name == "Worker__StopSeconds").Value, CultureInfo.InvariantCulture);
        Assert.IsGreaterThan(stop, pod.TerminationGracePeriodSeconds!.Value);
        foreach (var probe in new[] { container.StartupProbe, container.LivenessProbe, container.ReadinessProbe })
        {
            CollectionAssert.Contains(new[] { "/health/live", "/health/ready" }, probe.HttpGet.Path);
            Assert.AreEqual(container.Ports.Single().Name, probe.HttpGet.Port.Value);
        }
    }

    private static List<object> Read(string file)
        => KubernetesYaml.LoadAllFromString(File.ReadAllText(file), KedaKinds.Types, strict: true);
}
