using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Proa.Store.Tests.Faults;

/// <summary>
/// SQLite's file system, replaced for files in a <see cref="FaultDisk"/>; all other files are the real one's. See
/// https://sqlite.org/c3ref/vfs.html and https://sqlite.org/c3ref/io_methods.html for the structures.
/// </summary>
internal static unsafe partial class FaultVfs
{
    public const int Ok = 0;
    public const int Full = 13;
    public const int IoErrorRead = 10 | (1 << 8);
    public const int IoErrorWrite = 10 | (3 << 8);
    public const int IoErrorSync = 10 | (4 << 8);

    private const int PowerSafeOverwrite = 0x1000;

    private const string Library = "libsqlite3.so.0";

    // Before the real file's own structure.
    private static readonly int s_headerLength = 16;
    private static readonly Lock s_gate = new();
    private static Vfs* s_real;
    private static IoMethods* s_methods;

    /// <summary>Makes it SQLite's default in this process, once.</summary>
    public static void Register()
    {
        lock (s_gate)
        {
            if (s_real is not null)
            {
                return;
            }
            s_real = Find(0);
            s_methods = (IoMethods*)NativeMemory.AllocZeroed((nuint)sizeof(IoMethods));
            // Version 1: no shared memory, which an exclusively locked log does without.
            s_methods->Version = 1;
            s_methods->Close = &Close;
            s_methods->Read = &Read;
            s_methods->Write = &Write;
            s_methods->Truncate = &Truncate;
            s_methods->Sync = &Sync;
            s_methods->FileSize = &FileSize;
            s_methods->Lock = &Lock;
            s_methods->Unlock = &Unlock;
            s_methods->CheckReservedLock = &CheckReservedLock;
            s_methods->FileControl = &FileControl;
            s_methods->SectorSize = &SectorSize;
            s_methods->DeviceCharacteristics = &DeviceCharacteristics;
            var vfs = (Vfs*)NativeMemory.Alloc((nuint)sizeof(Vfs));
            *vfs = *s_real;
            vfs->Next = null;
            vfs->FileLength = s_headerLength + s_real->FileLength;
            vfs->Name = (byte*)Marshal.StringToCoTaskMemUTF8("proa-faults");
            vfs->Open = &Open;
            vfs->Delete = &Delete;
            Assert.Equal(Ok, RegisterVfs(vfs, 1));
        }
    }

    [LibraryImport(Library, EntryPoint = "sqlite3_vfs_find")]
    private static partial Vfs* Find(nint name);

    [LibraryImport(Library, EntryPoint = "sqlite3_vfs_register")]
    private static partial int RegisterVfs(Vfs* vfs, int asDefault);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Open(Vfs* vfs, byte* name, OpenFile* file, int flags, int* outFlags)
    {
        var path = Marshal.PtrToStringUTF8((nint)name);
        if (path is null || FaultDisk.Of(path) is not { } disk)
        {
            return s_real->Open(s_real, name, file, flags, outFlags);
        }
        disk.Opened(path);
        file->Methods = null;
        var code = s_real->Open(s_real, name, Real(file), flags, outFlags);
        if (code == Ok)
        {
            file->Methods = s_methods;
            file->State = GCHandle.ToIntPtr(GCHandle.Alloc(new State(disk, path)));
        }
        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Delete(Vfs* vfs, byte* name, int syncDirectory)
    {
        var code = s_real->Delete(s_real, name, syncDirectory);
        var path = Marshal.PtrToStringUTF8((nint)name)!;
        if (code == Ok && FaultDisk.Of(path) is { } disk)
        {
            disk.Deleted(path, syncDirectory != 0);
        }
        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Close(OpenFile* file)
    {
        GCHandle.FromIntPtr(file->State).Free();
        return Real(file)->Methods->Close(Real(file));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Read(OpenFile* file, void* buffer, int length, long offset) =>
        Run(file, DiskOperation.Read, offset, length, default, count => Real(file)->Methods->Read(Real(file), buffer, count, offset));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(OpenFile* file, void* buffer, int length, long offset) =>
        Run(file, DiskOperation.Write, offset, length, new(buffer, length), count => Real(file)->Methods->Write(Real(file), buffer, count, offset));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Truncate(OpenFile* file, long length) =>
        Run(file, DiskOperation.Truncate, length, 0, default, _ => Real(file)->Methods->Truncate(Real(file), length));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sync(OpenFile* file, int flags) =>
        Run(file, DiskOperation.Sync, 0, 0, default, _ => Ok);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int FileSize(OpenFile* file, long* size) => Real(file)->Methods->FileSize(Real(file), size);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Lock(OpenFile* file, int level) => Real(file)->Methods->Lock(Real(file), level);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Unlock(OpenFile* file, int level) => Real(file)->Methods->Unlock(Real(file), level);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int CheckReservedLock(OpenFile* file, int* held) => Real(file)->Methods->CheckReservedLock(Real(file), held);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int FileControl(OpenFile* file, int operation, void* argument) => Real(file)->Methods->FileControl(Real(file), operation, argument);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int SectorSize(OpenFile* file) => Real(file)->Methods->SectorSize(Real(file));

    // The real one's: that a torn write leaves the bytes beside it alone, and nothing else.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int DeviceCharacteristics(OpenFile* file) => Real(file)->Methods->DeviceCharacteristics(Real(file)) & PowerSafeOverwrite;

    private static int Run(OpenFile* file, DiskOperation operation, long offset, int length, ReadOnlySpan<byte> data, Func<int, int> call)
    {
        var state = (State)GCHandle.FromIntPtr(file->State).Target!;
        return state.Disk.Run(new DiskCall(operation, Path.GetFileName(state.File), offset, length), state.File, data, call);
    }

    private static OpenFile* Real(OpenFile* file) => (OpenFile*)((byte*)file + s_headerLength);

    private sealed record State(FaultDisk Disk, string File);

    [StructLayout(LayoutKind.Sequential)]
    private struct OpenFile
    {
        public IoMethods* Methods;
        public nint State;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct IoMethods
    {
        public int Version;
        public delegate* unmanaged[Cdecl]<OpenFile*, int> Close;
        public delegate* unmanaged[Cdecl]<OpenFile*, void*, int, long, int> Read;
        public delegate* unmanaged[Cdecl]<OpenFile*, void*, int, long, int> Write;
        public delegate* unmanaged[Cdecl]<OpenFile*, long, int> Truncate;
        public delegate* unmanaged[Cdecl]<OpenFile*, int, int> Sync;
        public delegate* unmanaged[Cdecl]<OpenFile*, long*, int> FileSize;
        public delegate* unmanaged[Cdecl]<OpenFile*, int, int> Lock;
        public delegate* unmanaged[Cdecl]<OpenFile*, int, int> Unlock;
        public delegate* unmanaged[Cdecl]<OpenFile*, int*, int> CheckReservedLock;
        public delegate* unmanaged[Cdecl]<OpenFile*, int, void*, int> FileControl;
        public delegate* unmanaged[Cdecl]<OpenFile*, int> SectorSize;
        public delegate* unmanaged[Cdecl]<OpenFile*, int> DeviceCharacteristics;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Vfs
    {
        public int Version;
        public int FileLength;
        public int MaxPath;
        public Vfs* Next;
        public byte* Name;
        public void* Data;
        public delegate* unmanaged[Cdecl]<Vfs*, byte*, OpenFile*, int, int*, int> Open;
        public delegate* unmanaged[Cdecl]<Vfs*, byte*, int, int> Delete;
        public nint Access;
        public nint FullPath;
        public nint DlOpen;
        public nint DlError;
        public nint DlSym;
        public nint DlClose;
        public nint Randomness;
        public nint Sleep;
        public nint CurrentTime;
        public nint LastError;
        public nint CurrentTimeInt64;
        public nint SetSystemCall;
        public nint GetSystemCall;
        public nint NextSystemCall;
    }
}
