namespace Proa.Node.Volumes;

internal enum FileKind
{
    File,
    Directory,
    Socket,
    CharDevice,
    BlockDevice,
    Other,
}
