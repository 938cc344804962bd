// SPDX-License-Identifier: MIT
Console.WriteLine("yoso");
