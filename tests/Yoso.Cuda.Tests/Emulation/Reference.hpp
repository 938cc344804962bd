// SPDX-License-Identifier: MIT
// What the kernels must give: the operations by their definitions, in double precision, for one item. Written from the
// definitions, independent of the kernels.
#pragma once
#include <cmath>
#include <cstdint>
#include <map>
#include <vector>

namespace reference {

using Codes = std::vector<std::vector<uint16_t>>;  // [m][n]

// A sum, the sum of its terms' magnitudes and how many a kernel adds up: its rounding error is at most their product times 2^-24.
struct Sums {
    std::vector<double> value, magnitude;
    std::vector<int> terms;
    explicit Sums(size_t size) : value(size, 0.0), magnitude(size, 0.0), terms(size, 0) {}
    void add(size_t at, double x, double size, int count) {
        value[at] += x;
        magnitude[at] += size;
        terms[at] += count;
    }
};

// Rows [n][width].
struct Matrix {
    int rows, width;
    std::vector<float> data;
    Matrix(int r, int w) : rows(r), width(w), data(static_cast<size_t>(r) * w, 0.0f) {}
    float* operator[](int row) { return data.data() + static_cast<size_t>(row) * width; }
    const float* operator[](int row) const { return data.data() + static_cast<size_t>(row) * width; }
};

int Rotations(int width, int hashes, int tau, int sampler);

// Codes of all rows; signs: the item's words. Float arithmetic in the order that Yoso.Cpu fixes.
Codes Hash(const Matrix& x, const uint32_t* signs, int hashes, int tau, int sampler);

// 1/m times the sum of rows of the other side's tokens with equal codes.
Sums Cumulate(const Codes& probe, const Codes& candidate, const Matrix& rows);

// sum over candidates c of weight * (left_p . right_c) vector_c, weight = collisions * tau / 2 / m.
Sums LowerBound(const Codes& probe, const Codes& candidate, const Matrix& left, const Matrix& right, const Matrix& vectors, int tau);

// Slots of all probes that two or more candidates ask for, of which Sampled keeps one.
int ContestedSlots(const Codes& probe, const Codes& candidate);

// The same over the kept pairs with the derivative of the collision probability; own: the probe's unit vectors.
Sums Sampled(const Codes& probe, const Codes& candidate, const Matrix& left, const Matrix& right, const Matrix& vectors, const Matrix& own, int tau, uint32_t seed);

} // namespace reference
