namespace Proa.Node.Images;

/// <summary>The image with which to create a container, or why there is none.</summary>
/// <param name="ImageId">The runtime's id of the image.</param>
/// <param name="Reason">The container's waiting reason, such as <c>ErrImagePull</c>.</param>
/// <param name="Message">The container's waiting message.</param>
public sealed record ImageResult(string? ImageId, string? Reason = null, string? Message = null)
{
    public bool Ok => Reason is null;
}
