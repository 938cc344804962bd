// SPDX-License-Identifier: MIT
// The kernels, compiled as C++, and their launches by the rules of src/Yoso.Cuda/Kernels/CONTRACT.md.
#pragma once
#include "Emulation.hpp"
// What CUDA C++ declares comes first.
#include "HadamardHash.cu"
#include "BucketSort.cu"
#include "LshCumulation.cu"
#include "LshCumulationGradient.cu"
#include "WeightedLshCumulation.cu"
#include "WeightedLshCumulationSampled.cu"
