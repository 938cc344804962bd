// SPDX-License-Identifier: MIT
#include "Reference.hpp"
#include <algorithm>

namespace reference {
namespace {

// (size, stride) of the factors of a transform.
std::vector<std::pair<int, int>> Factors(int width) {
    switch (width) {
        case 32: return {{4, 1}, {8, 4}};
        case 64: return {{8, 1}, {8, 8}};
        case 128: return {{4, 1}, {4, 4}, {8, 16}};
        default: return {{4, 1}, {8, 4}, {8, 32}};
    }
}

void Transform(std::vector<float>& x, bool backwards) {
    auto factors = Factors(static_cast<int>(x.size()));
    if (backwards) {
        std::reverse(factors.begin(), factors.end());
    }
    for (auto [size, stride] : factors) {
        for (int distance = stride; distance < size * stride; distance *= 2) {
            for (size_t c = 0; c < x.size(); c++) {
                if ((c & static_cast<size_t>(distance)) == 0) {
                    float a = x[c], b = x[c + distance];
                    x[c] = a + b;
                    x[c + distance] = a - b;
                }
            }
        }
    }
}

double Dot(const float* a, const float* b, int width, double* size) {
    double sum = 0;
    *size = 0;
    for (int c = 0; c < width; c++) {
        sum += static_cast<double>(a[c]) * b[c];
        *size += std::abs(static_cast<double>(a[c]) * b[c]);
    }
    return sum;
}

void AddPair(Sums& sums, const Matrix& left, const Matrix& right, const Matrix& vectors, int p, int c, double weight, int times) {
    double size, dot = Dot(left[p], right[c], left.width, &size);
    for (int column = 0; column < left.width; column++) {
        double x = vectors[c][column];
        sums.add(static_cast<size_t>(p) * left.width + column, weight * dot * x, std::abs(weight * size * x), times);
    }
}

uint32_t Mix(uint32_t x) {
    x = (x ^ (x >> 16)) * 0x85ebca6bu;
    x = (x ^ (x >> 13)) * 0xc2b2ae35u;
    return x ^ (x >> 16);
}

uint32_t Priority(uint32_t seed, uint32_t probe, uint32_t candidate) { return Mix(seed ^ Mix(probe * 0x9e3779b9u + candidate)); }

// The candidates of a probe that are kept, by slot.
std::map<int, int> Kept(const Codes& probes, const Codes& candidates, int probe, uint32_t seed) {
    std::map<int, int> kept;
    size_t limit = std::max<size_t>(32, 4096 / probes.size());
    for (size_t hash = 0; hash < probes.size(); hash++) {
        std::vector<int> bucket;
        for (size_t j = 0; j < candidates[hash].size(); j++) {
            if (candidates[hash][j] == probes[hash][probe]) {
                bucket.push_back(static_cast<int>(j));
            }
        }
        uint64_t draw = Mix(seed + Mix(static_cast<uint32_t>(probe) * 0x85ebca6bu + static_cast<uint32_t>(hash)));
        size_t entrance = bucket.size() > limit ? (draw * bucket.size()) >> 32 : 0;
        for (size_t k = 0; k < std::min(bucket.size(), limit); k++) {
            int candidate = bucket[(entrance + k) % bucket.size()], slot = candidate % 1024;
            auto owner = kept.find(slot);
            if (owner == kept.end() || Priority(seed, probe, candidate) > Priority(seed, probe, owner->second)) {
                kept[slot] = candidate;
            }
        }
    }
    return kept;
}

double Derivative(double product, int tau) {
    double limit = std::sqrt(0.99), x = std::clamp(0.98 * product, -limit, limit), pi = std::acos(-1.0);
    return tau * std::pow(1 - std::acos(x) / pi, tau - 1) / (pi * std::sqrt(1 - x * x));
}

int Collisions(const Codes& a, const Codes& b, int i, int j) {
    int count = 0;
    for (size_t hash = 0; hash < a.size(); hash++) {
        count += a[hash][i] == b[hash][j];
    }
    return count;
}

} // namespace

int Rotations(int width, int hashes, int tau, int sampler) {
    int perRotation = width / tau;
    return sampler == 0 ? (hashes + perRotation - 1) / perRotation : std::max(tau, (hashes * tau + width - 1) / width);
}

Codes Hash(const Matrix& x, const uint32_t* signs, int hashes, int tau, int sampler) {
    int width = x.width, rotations = Rotations(width, hashes, tau, sampler), perRotation = width / tau;
    Codes codes(hashes, std::vector<uint16_t>(x.rows, 0));
    for (int row = 0; row < x.rows; row++) {
        for (int rotation = 0; rotation < rotations; rotation++) {
            std::vector<float> v(x[row], x[row] + width);
            for (int round = 0; round < 3; round++) {
                for (int c = 0; c < width; c++) {
                    int bit = (rotation * 3 + round) * width + c;
                    v[c] = (signs[bit / 32] >> (bit % 32)) & 1 ? -v[c] : v[c];
                }
                Transform(v, round == 1);
            }
            for (int c = 0; c < width; c++) {
                int at = sampler == 0 ? (c < perRotation * tau ? rotation * perRotation * tau + c : hashes * tau) : c * rotations + rotation;
                if (v[c] > 0 && at < hashes * tau) {
                    codes[at / tau][row] |= static_cast<uint16_t>(1u << (at % tau));
                }
            }
        }
    }
    return codes;
}

Sums Cumulate(const Codes& probe, const Codes& candidate, const Matrix& rows) {
    int n = rows.rows;
    Sums sums(rows.data.size());
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            int times = Collisions(probe, candidate, i, j);
            double weight = times / static_cast<double>(probe.size());
            for (int c = 0; c < rows.width && weight > 0; c++) {
                sums.add(static_cast<size_t>(i) * rows.width + c, weight * rows[j][c], std::abs(weight * rows[j][c]), times);
            }
        }
    }
    return sums;
}

Sums LowerBound(const Codes& probe, const Codes& candidate, const Matrix& left, const Matrix& right, const Matrix& vectors, int tau) {
    Sums sums(left.data.size());
    for (int p = 0; p < left.rows; p++) {
        for (int c = 0; c < left.rows; c++) {
            if (int collisions = Collisions(probe, candidate, p, c)) {
                AddPair(sums, left, right, vectors, p, c, collisions * tau / 2.0 / static_cast<double>(probe.size()), collisions);
            }
        }
    }
    return sums;
}

int ContestedSlots(const Codes& probe, const Codes& candidate) {
    int contested = 0, n = static_cast<int>(probe[0].size());
    for (int p = 0; p < n; p++) {
        std::vector<int> wanted(1024, 0);
        for (int c = 0; c < n; c++) {
            contested += Collisions(probe, candidate, p, c) > 0 && ++wanted[c % 1024] == 2;
        }
    }
    return contested;
}

Sums Sampled(const Codes& probe, const Codes& candidate, const Matrix& left, const Matrix& right, const Matrix& vectors, const Matrix& own, int tau, uint32_t seed) {
    Sums sums(left.data.size());
    for (int p = 0; p < left.rows; p++) {
        for (auto [slot, c] : Kept(probe, candidate, p, seed)) {
            double size;
            AddPair(sums, left, right, vectors, p, c, Derivative(Dot(own[p], vectors[c], left.width, &size), tau), 1);
        }
    }
    return sums;
}

} // namespace reference
