using k8s;
using k8s.Models;

namespace ModelBuilderStyle.Workers.Tests.Kubernetes;

/// <summary>
/// What of KEDA's kinds (<c>keda.sh/v1alpha1</c>) is used, field by field: reading fails on a field that is not here.
/// </summary>
internal static class KedaKinds
{
    /// <summary>Kinds that the client for Kubernetes does not know.</summary>
    public static IDictionary<string, Type> Types { get; } = new Dictionary<string, Type>
    {
        ["keda.sh/v1alpha1/ScaledObject"] = typeof(ScaledObject),
        ["keda.sh/v1alpha1/TriggerAuthentication"] = typeof(TriggerAuthentication),
        ["kustomize.config.k8s.io/v1beta1/Kustomization"] = typeof(Kustomization),
    };

    public sealed class ScaledObject : IKubernetesObject<V1ObjectMeta>
    {
        public string ApiVersion { get; set; } = "";

        public string Kind { get; set; } = "";

        public V1ObjectMeta Metadata { get; set; } = new();

        public ScaledObjectSpec Spec { get; set; } = new();
    }

    public sealed class ScaledObjectSpec
    {
        public NamedReference ScaleTargetRef { get; set; } = new();

        public int? PollingInterval { get; set; }

        public int? CooldownPeriod { get; set; }

        public int? MinReplicaCount { get; set; }

        public int? MaxReplicaCount { get; set; }

        public List<Trigger> Triggers { get; set; } = [];
    }

    public sealed class NamedReference
    {
        public string? ApiVersion { get; set; }

        public string? Kind { get; set; }

        public string Name { get; set; } = "";
    }

    public sealed class Trigger
    {
        public string Type { get; set; } = "";

        /// <summary>Values are texts, numbers too.</summary>
        public RabbitMqMetadata Metadata { get; set; } = new();

        public NamedReference? AuthenticationRef { get; set; }
    }

    /// <summary>What the scaler <c>rabbitmq</c> takes.</summary>
    public sealed class RabbitMqMetadata
    {
        public string? Protocol { get; set; }

        public string QueueName { get; set; } = "";

        public string Mode { get; set; } = "";

        public string Value { get; set; } = "";
    }

    public sealed class TriggerAuthentication : IKubernetesObject<V1ObjectMeta>
    {
        public string ApiVersion { get; set; } = "";

        public string Kind { get; set; } = "";

        public V1ObjectMeta Metadata { get; set; } = new();

        public TriggerAuthenticationSpec Spec { get; set; } = new();
    }

    public sealed class TriggerAuthenticationSpec
    {
        public List<SecretTarget> SecretTargetRef { get; set; } = [];
    }

    public sealed class SecretTarget
    {
        public string Parameter { get; set; } = "";

        public string Name { get; set; } = "";

        public string Key { get; set; } = "";
    }

    public sealed class Kustomization : IKubernetesObject
    {
        public string ApiVersion { get; set; } = "";

        public string Kind { get; set; } = "";

        public List<string> Resources { get; set; } = [];

        public List<KustomizedImage> Images { get; set; } = [];
    }

    public sealed class KustomizedImage
    {
        public string Name { get; set; } = "";

        public string? NewName { get; set; }

        public string? NewTag { get; set; }
    }
}
