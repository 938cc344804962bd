// SPDX-License-Identifier: MIT
#include "Cases.hpp"
#include <algorithm>
#include <cmath>

std::string Case::describe() const {
    std::string text = "width " + std::to_string(YOSO_WIDTH) + ", head dim " + std::to_string(headDim) + ", heads " + std::to_string(heads) + ", lengths";
    for (size_t s = 1; s < offsets.size(); s++) {
        text += " " + std::to_string(offsets[s] - offsets[s - 1]);
    }
    return text + ", m " + std::to_string(hashes) + ", tau " + std::to_string(tau) + (sampler == 0 ? ", Shared" : ", Spread") + (sampled ? ", Sampled" : ", LowerBound")
        + ", items a launch " + std::to_string(groupItems) + (orderInShared ? "" : ", orders global") + ", range bits " + std::to_string(rangeBits)
        + ", inputs " + std::to_string(static_cast<int>(inputs)) + ", seed " + std::to_string(seed);
}

Case CornerCase(uint64_t seed) {
    Case c;
    c.seed = seed;
    if (seed % 2 == 1) {
        c.offsets = {0, 202};
        c.hashes = seed % 4 == 1 ? 1 : 6;  // repeated buckets are compared between barriers of their own
        c.tau = 1;
        c.inputs = Inputs::TwoVectors;
        return c;
    }
    c.offsets = {0, 1040};
    c.hashes = 2;
    c.tau = 9;
    c.sampled = true;
    c.inputs = Inputs::SlotRivals;
    return c;
}

Case RandomCase(uint64_t seed) {
    std::mt19937_64 random(seed);
    auto draw = [&](int from, int to) { return from + static_cast<int>(random() % static_cast<uint64_t>(to - from + 1)); };
    Case c;
    c.seed = seed;
    c.headDim = draw(0, 2) ? YOSO_WIDTH : draw(YOSO_WIDTH == 32 ? 1 : YOSO_WIDTH / 2 + 1, YOSO_WIDTH);
    c.heads = draw(1, 3);
    c.hashes = draw(0, 3) ? draw(1, 12) : draw(30, 70);
    c.tau = draw(0, 3) ? draw(1, 9) : draw(10, 16);
    if (c.hashes > 12) {
        c.tau = min(c.tau, 9);  // 70 sorts of 2^16 counters take longer than all the rest, by the same path as 12 of them
    }
    c.sampler = draw(0, 1);
    c.inputs = static_cast<Inputs>(draw(0, 6));
    c.sampled = draw(0, 2) == 0;
    c.orderInShared = draw(0, 3) != 0;
    c.rangeBits = draw(0, 3) ? 15 : max(1, c.tau - draw(1, 2));  // as if shared memory held only a part of the counters
    int work = c.inputs == Inputs::HalfIdentical || c.inputs == Inputs::Identical ? 130 : YOSO_WIDTH > 64 || c.hashes > 12 ? 60 : 120;
    for (int sequences = draw(1, 3); sequences > 0; sequences--) {
        c.offsets.push_back(c.offsets.back() + (draw(0, 4) ? draw(2, work) : draw(0, 1)));
    }
    c.groupItems = draw(1, c.items());
    return c;
}
