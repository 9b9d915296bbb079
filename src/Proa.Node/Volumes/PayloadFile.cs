namespace Proa.Node.Volumes;

/// <summary>A file of a volume whose content comes from the API.</summary>
/// <param name="Mode">Permission bits.</param>
/// <param name="Owner">Null: root.</param>
internal readonly record struct PayloadFile(byte[] Content, int Mode, long? Owner = null);
