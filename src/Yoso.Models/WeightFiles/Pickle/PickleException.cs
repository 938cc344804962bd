// SPDX-License-Identifier: MIT
namespace Yoso.Models.WeightFiles.Pickle;

/// <summary>A pickle that is refused; the message lacks the file, which the caller adds.</summary>
internal sealed class PickleException(string message) : Exception(message);
