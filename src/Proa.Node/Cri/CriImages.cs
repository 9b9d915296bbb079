using Google.Protobuf;
using Proa.Node.Cri.V1;
using Proa.Client.Grpc;

namespace Proa.Node.Cri;

/// <summary>The Container Runtime Interface's image service, one method a call. Thread-safe.</summary>
internal sealed class CriImages(GrpcClient grpc)
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    public Task<GrpcResult<ListImagesResponse>> ListAsync(CancellationToken ct) =>
        CallAsync("ListImages", new ListImagesRequest(), ListImagesResponse.Parser, s_deadline, ct);

    /// <summary>The answer's image is null when it is not there.</summary>
    public Task<GrpcResult<ImageStatusResponse>> StatusAsync(ImageSpec image, bool verbose, CancellationToken ct) =>
        CallAsync("ImageStatus", new ImageStatusRequest { Image = image, Verbose = verbose }, ImageStatusResponse.Parser, s_deadline, ct);

    /// <summary>Pulls, for as long as it takes.</summary>
    public Task<GrpcResult<PullImageResponse>> PullAsync(ImageSpec image, AuthConfig? auth, PodSandboxConfig? sandbox, CancellationToken ct) =>
        CallAsync("PullImage", new PullImageRequest { Image = image, Auth = auth, SandboxConfig = sandbox }, PullImageResponse.Parser, null, ct);

    /// <summary>Idempotent.</summary>
    public Task<GrpcResult<RemoveImageResponse>> RemoveAsync(ImageSpec image, CancellationToken ct) =>
        CallAsync("RemoveImage", new RemoveImageRequest { Image = image }, RemoveImageResponse.Parser, s_deadline, ct);

    /// <summary>How much the images take on disk.</summary>
    public Task<GrpcResult<ImageFsInfoResponse>> FsInfoAsync(CancellationToken ct) =>
        CallAsync("ImageFsInfo", new ImageFsInfoRequest(), ImageFsInfoResponse.Parser, s_deadline, ct);

    private Task<GrpcResult<T>> CallAsync<T>(
        string method, IMessage request, MessageParser<T> parser, TimeSpan? deadline, CancellationToken ct) where T : class, IMessage<T> =>
        grpc.CallAsync("/runtime.v1.ImageService/" + method, request, parser, deadline, ct);
}
