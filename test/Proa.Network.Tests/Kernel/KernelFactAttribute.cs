using System.Runtime.CompilerServices;

namespace Proa.Network.Tests.Kernel;

/// <summary>A test that changes the kernel's network state; skipped with a word where it may not.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KernelFactAttribute : FactAttribute
{
    public KernelFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = 0) : base(file, line)
    {
        if (!Isolation.Active)
        {
            Skip = "needs root and unshare, to make network namespaces";
        }
    }
}
