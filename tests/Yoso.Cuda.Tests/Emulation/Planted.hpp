// SPDX-License-Identifier: MIT
// Kernels with faults that the emulation must find, so that its silence about the real ones means something.
#pragma once

// 0 when every fault is found; prints those that are not.
int RunPlanted();
