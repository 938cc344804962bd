// SPDX-License-Identifier: MIT
// The tensors of a case.
#include "Session.hpp"
#include <algorithm>
#include <cmath>

void Session::FillInputs() {
    std::normal_distribution<double> normal;
    auto fill = [&](const Tensor& tensor, int token, int head, bool unit) {
        float* row = tensor.row(token, head);
        double norm = 0;
        for (int c = 0; c < YOSO_WIDTH; c++) {
            row[c] = c < c_.headDim ? static_cast<float>(normal(random_)) : 0.0f;
            norm += static_cast<double>(row[c]) * row[c];
        }
        for (int c = 0; unit && c < YOSO_WIDTH; c++) {
            row[c] = static_cast<float>(row[c] / std::sqrt(norm));
        }
    };
    auto copy = [&](const Tensor& from, int fromToken, const Tensor& to, int token, int head, double noise) {
        for (int c = 0; c < c_.headDim; c++) {
            to.row(token, head)[c] = static_cast<float>(from.row(fromToken, head)[c] + noise * normal(random_) / std::sqrt(c_.headDim));
        }
    };
    for (int item = 0; item < c_.items(); item++) {
        int first = c_.offsets[item / c_.heads], n = c_.length(item), head = item % c_.heads;
        for (int t = first; t < first + n; t++) {
            fill(query_, t, head, true);
            fill(key_, t, head, true);
            fill(value_, t, head, false);
            fill(gradient_, t, head, false);
            bool even = random_() % 2;
            int center = first + static_cast<int>(random_() % 3) % n;
            switch (c_.inputs) {
                case Inputs::Clustered: copy(query_, std::min(center, t), query_, t, head, 0.3), copy(query_, std::min(center, t), key_, t, head, 0.3); break;
                case Inputs::Identical: copy(query_, first, query_, t, head, 0), copy(query_, first, key_, t, head, 0); break;
                case Inputs::HalfIdentical: copy(query_, even ? first : t, query_, t, head, 0), copy(query_, even ? first : t, key_, t, head, 0); break;
                case Inputs::OneKeyBucket: copy(query_, first, key_, t, head, 0); break;
                case Inputs::WithZeros: std::fill_n((even ? query_ : key_).row(t, head), YOSO_WIDTH, 0.0f); break;
                default: break;
            }
        }
        FillCorner(first, n, head);
        if (c_.inputs == Inputs::WithNonFinite && item == 0 && n > 0) {
            query_.row(first + n - 1, head)[0] = NAN;
            key_.row(first, head)[c_.headDim - 1] = INFINITY;
        }
    }
}

void Session::FillCorner(int first, int n, int head) {
    // Tokens 0 .. 2 and 1024 .. 1026 are one vector.
    for (int t = first; t < first + n && c_.inputs == Inputs::SlotRivals; t++) {
        for (const Tensor* side : {&query_, &key_}) {
            if ((t - first) % 1024 < 3) {
                std::copy_n(query_.row(first, head), YOSO_WIDTH, side->row(t, head));
            }
        }
    }
    // v and -v by turns, at last w and -w, which fall to either in every hash.
    for (int t = first; t < first + n && c_.inputs == Inputs::TwoVectors; t++) {
        const float* from = value_.row(t < first + n - 2 ? first : first + 1, head);
        for (int c = 0; c < YOSO_WIDTH; c++) {
            query_.row(t, head)[c] = key_.row(t, head)[c] = (t - first) % 2 ? -from[c] : from[c];
        }
    }
}
