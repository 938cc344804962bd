// SPDX-License-Identifier: MIT
// Which tokens of the packed batch a block works on, and the shared-memory declarations that the host emulation replaces.
#pragma once

#if defined(__CUDACC__)
#define YOSO_SHARED(type, name, count) __shared__ type name[count]
#define YOSO_SHARED_VECTORS(type, name, count) __shared__ __align__(16) type name[count]
#define YOSO_DYNAMIC_SHARED(name) extern __shared__ __align__(16) unsigned char name[]
#define YOSO_READ(place) (place)  // of what another thread may write: here the emulation lets others go first
#endif

#ifndef YOSO_WIDTH
#error "define YOSO_WIDTH: 32, 64, 128 or 256, the padded head dimension"
#endif

namespace yoso {

constexpr int Width = YOSO_WIDTH;
static_assert(Width == 32 || Width == 64 || Width == 128 || Width == 256, "YOSO_WIDTH must be 32, 64, 128 or 256");

constexpr int WarpSize = 32;
constexpr unsigned AllLanes = 0xffffffffu;

} // namespace yoso

struct YosoItems {
    const int* offsets;  // [sequences + 1]
    int heads;
    int firstItem;
    int itemCount;
    int blocksPerItem;
    int hashCount;
    int codeLength;
};
static_assert(sizeof(YosoItems) == 32, "the caller fills this structure by its layout");

namespace yoso {

// The tokens of one (sequence, head).
struct Item {
    int number;         // sequence * heads + head
    int head;
    int length;         // n
    long long first;    // first token in the batch
    long long codes;    // first code in a [m, n] array of the whole batch
    long long work;     // the same in an array that holds the launch's items only

    __device__ Item(const YosoItems& items, int local) {
        number = items.firstItem + local;
        head = number % items.heads;
        int sequence = number / items.heads;
        first = items.offsets[sequence];
        length = items.offsets[sequence + 1] - static_cast<int>(first);
        codes = items.hashCount * (first * items.heads + static_cast<long long>(head) * length);
        int firstSequence = items.firstItem / items.heads;
        long long start = items.offsets[firstSequence];
        long long startLength = items.offsets[firstSequence + 1] - start;
        work = codes - items.hashCount * (start * items.heads + (items.firstItem % items.heads) * startLength);
    }

    // Row of token 0 in a [T, H, W] tensor.
    template <typename T>
    __device__ T* rows(T* data, long long stride) const {
        return data + first * stride + static_cast<long long>(head) * Width;
    }
};

} // namespace yoso
