// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;

namespace Nuke.Common;

public static class Assert
{
    public static void Fail(string message, Exception exception = null) => throw new Exception(message, exception);

    public static void True(bool condition, string message = null, [CallerArgumentExpression(nameof(condition))] string argumentExpression = null)
    {
        if (!condition)
        {
            throw new ArgumentException(message ?? $"Expected condition to be true: {argumentExpression}");
        }
    }
}
