namespace Proa.ApiServer.OpenApi;

/// <summary>One line about the fields that occur everywhere, for <c>kubectl explain</c>.</summary>
internal static class Descriptions
{
    public static string? Of(string field) => field switch
    {
        "apiVersion" => "APIVersion defines the group and version in which the object is written.",
        "kind" => "What the object is.",
        "metadata" => "Standard object's metadata: name, labels and what else every object has.",
        "creationTimestamp" => "CreationTimestamp is a timestamp: when the server made the object.",
        "spec" => "What is wanted.",
        "status" => "What is, as the controllers see it.",
        "items" => "The objects of the list.",
        "name" => "The name, unique among its siblings.",
        "namespace" => "The namespace in which the object lives.",
        "labels" => "Keys and values by which selectors find the object.",
        "annotations" => "Keys and values that tools keep with the object.",
        "replicas" => "How many copies are wanted.",
        "selector" => "Which objects belong to this one, by their labels.",
        "template" => "From which new objects are made.",
        "containers" => "What runs in the pod, side by side.",
        "initContainers" => "What runs before the containers, in this order; with restartPolicy Always, beside them.",
        "volumes" => "What containers may mount.",
        "image" => "The image that the container runs.",
        "command" => "The program, instead of the image's entrypoint.",
        "args" => "Arguments, instead of the image's.",
        "env" => "Environment variables.",
        "envFrom" => "Whole ConfigMaps and Secrets as environment variables.",
        "ports" => "The ports that are listened to.",
        "resources" => "How much the container may use, and how much is set aside for it.",
        "livenessProbe" => "A container that fails it is restarted.",
        "readinessProbe" => "A container that fails it gets no traffic.",
        "startupProbe" => "The other probes wait until it succeeds.",
        "conditions" => "What is true of the object now, and since when.",
        "data" => "Keys and values.",
        "type" => "Which variant it is.",
        _ => null,
    };
}
